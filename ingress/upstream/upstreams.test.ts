import { describe, expect, it } from 'vitest';
import { createWorld, GET, policyWith, POST, STREAMED, V1, V2 } from './upstreams.harness.ts';
import type { World } from './upstreams.harness.ts';

const settled = async (): Promise<void> => {
  await Promise.resolve();
};
const RETRYABLE = { ...V1, retryable: true };

/** `count` calls to the version, each failed in its own way. */
const failAll = (world: World, target: typeof V1, count: number, how: (at: number) => void): void => {
  for (let at = 0; at < count; at++) {
    world.send(target);
    how(at);
  }
};

describe('places', () => {
  it('are as many as the policy says; who comes later waits, first come first served', () => {
    const world = createWorld(policyWith({ maxConcurrent: 2 }));
    const paths = ['/1', '/2', '/3', '/4'];
    for (const path of paths) world.send(V1, { ...POST, path });
    expect(world.attempts.map(({ request }) => request.path)).toEqual(['/1', '/2']);
    world.answer(world.attempts[1]!);
    world.fail(world.attempts[0]!, 'closed');
    expect(world.attempts.map(({ request }) => request.path)).toEqual(paths);
    expect(world.upstreams.inFlight()).toBe(2);
  });

  it('are counted for each version by itself', () => {
    const world = createWorld(policyWith({ maxConcurrent: 1 }));
    world.send(V1);
    world.send(V2);
    world.send({ ...V1, agent: 'sales' });
    expect(world.attempts).toHaveLength(3);
  });

  it('are refused once the queue is full, and the caller has its call before it hears so', async () => {
    const world = createWorld(policyWith({ maxConcurrent: 1, maxQueued: 1 }));
    world.send(V1);
    world.send(V1);
    const refused = world.send(V1);
    const givenUp = world.send(V1);
    givenUp.call.abort();
    expect(refused.heard).toEqual([]);
    await settled();
    expect(refused.heard).toEqual(['failed overloaded']);
    expect(givenUp.heard).toEqual([]);
    expect(world.facts).toEqual(['overloaded v1', 'overloaded v1']);
    expect(world.attempts).toHaveLength(1);
  });

  it('are waited for no longer than the queue timeout', () => {
    const world = createWorld(policyWith({ maxConcurrent: 1, queueTimeout: '1s' }));
    world.send(V1);
    const early = world.send(V1);
    world.pass(400);
    const late = world.send(V1);
    const last = world.send(V1);
    world.pass(599);
    expect(early.heard).toEqual([]);
    world.pass(1);
    expect([early.heard, late.heard]).toEqual([['failed overloaded'], []]);
    world.answer(world.attempts[0]!);
    expect(world.attempts).toHaveLength(2);
    world.pass(399);
    expect(last.heard).toEqual([]);
    world.pass(1);
    expect([late.heard, last.heard]).toEqual([[], ['failed overloaded']]);
    expect(world.timers()).toBe(0);
  });

  it('are not needed by who gives up, waiting or under way', () => {
    const world = createWorld(policyWith({ maxConcurrent: 1 }));
    const first = world.send(V1);
    const second = world.send(V1);
    world.send(V1, { ...POST, path: '/third' });
    second.call.abort();
    first.call.abort();
    first.call.abort();
    expect(world.attempts.map(({ request, isAborted }) => [request.path, isAborted])).toEqual([
      ['/', true],
      ['/third', false],
    ]);
    expect(world.upstreams.inFlight()).toBe(1);
  });

  it('follow the policy as it changes, with what is under way still counted', () => {
    const world = createWorld(policyWith({ maxConcurrent: 1 }));
    for (let at = 0; at < 4; at++) world.send(V1);
    world.setPolicy(policyWith({ maxConcurrent: 3, connectTimeout: '7s' }));
    world.pass(1);
    expect(world.open()).toHaveLength(3);
    expect(world.attempts[2]!.request.limits.connectMs).toBe(7_000);
    world.setPolicy(policyWith({ maxConcurrent: 1 }));
    world.pass(1);
    world.answer(world.attempts[0]!);
    world.answer(world.attempts[1]!);
    expect(world.open()).toHaveLength(1);
    world.answer(world.attempts[2]!);
    expect(world.open()).toHaveLength(1);
  });

  it('go to who waits before who comes, also when the limit was just raised or a call ends as it starts', () => {
    const world = createWorld(policyWith({ maxConcurrent: 1 }));
    const order = (): string[] => world.attempts.map(({ request }) => request.path);
    world.send(V1, { ...POST, path: '/1' });
    world.send(V1, { ...POST, path: '/2' });
    world.setPolicy(policyWith({ maxConcurrent: 2 }));
    world.send(V1, { ...POST, path: '/3' });
    expect(order()).toEqual(['/1', '/2']);
    const again = (): void => {
      world.onSend.failsAtOnce = false;
      world.send(V1, { ...POST, path: '/again' });
    };
    const request = { ...POST, path: '/4' };
    world.upstreams.send(V1, request, { onHead: () => {}, onData: () => {}, onEnd: () => {}, onFailure: again });
    world.send(V1, { ...POST, path: '/5' });
    world.answer(world.attempts[0]!);
    world.onSend.failsAtOnce = true;
    world.answer(world.attempts[1]!);
    expect(order()).toEqual(['/1', '/2', '/3', '/4', '/5']);
  });

  it('are held for as long as a call takes, be it hours', () => {
    const world = createWorld();
    world.send(V1);
    world.pass(1);
    world.pass(7_200_000);
    expect(world.upstreams.inFlight()).toBe(1);
  });

  it('tell when a version is busy: four fifths taken, or somebody waits', () => {
    const world = createWorld(policyWith({ maxConcurrent: 5 }));
    const isBusy = (): boolean => world.upstreams.isBusy('support', 'v1');
    expect(isBusy()).toBe(false);
    for (let at = 0; at < 3; at++) world.send(V1);
    expect(isBusy()).toBe(false);
    world.send(V1);
    expect(isBusy()).toBe(true);
    expect(world.upstreams.isBusy('support', 'v2')).toBe(false);
  });

  it('are given back when the client below throws or fails at once, however many wait', async () => {
    const world = createWorld(policyWith({ maxConcurrent: 1, maxQueued: 50_000, queueTimeout: '1h' }));
    world.onSend.throws = true;
    const thrown = world.send(V1);
    expect(thrown.heard).toEqual([]);
    await settled();
    expect(thrown.heard).toEqual(['failed connect']);
    world.onSend.throws = false;
    world.send(V1);
    const waiting = Array.from({ length: 50_000 }, () => world.send(V1));
    world.onSend.failsAtOnce = true;
    world.answer(world.attempts[0]!);
    expect(waiting.every(({ heard }) => heard.length === 1)).toBe(true);
    expect(world.upstreams.inFlight()).toBe(0);
  });
});

describe('what is passed on', () => {
  it('is every head, chunk and end as it is', () => {
    const world = createWorld();
    const { heard } = world.send(V1);
    const { sink } = world.attempts[0]!;
    sink.onHead(201, []);
    sink.onData(Buffer.from('a'));
    sink.onWritable?.();
    sink.onEnd();
    expect(heard).toEqual(['head 201', 'data a', 'writable', 'end']);
  });

  it('is a body that came in parts while the call waited, in order, with word when to go on', () => {
    const world = createWorld(policyWith({ maxConcurrent: 1 }));
    world.send(V1);
    const { call, heard } = world.send(V1, STREAMED);
    const whole = world.send(V1, STREAMED);
    expect(call.write(Buffer.from('a'))).toBe(false);
    expect(call.write(Buffer.from('b'))).toBe(false);
    whole.call.write(Buffer.from('w'));
    whole.call.end();
    world.answer(world.attempts[0]!);
    expect(heard).toEqual(['writable']);
    expect(call.write(Buffer.from('c'))).toBe(true);
    call.end();
    expect(world.attempts[1]!.body).toEqual(['a', 'b', 'c', 'end']);
    world.answer(world.attempts[1]!);
    expect(world.attempts[2]!.body).toEqual(['w', 'end']);
    expect(whole.heard).toEqual([]);
  });
});

describe('a retry', () => {
  it('repeats once, after a moment, a call that did not reach the upstream', () => {
    const world = createWorld();
    const { heard } = world.send(RETRYABLE, POST);
    world.fail(world.attempts[0]!, 'connect');
    expect(world.attempts).toHaveLength(1);
    expect(world.upstreams.inFlight()).toBe(1);
    world.pass(25);
    world.fail(world.attempts[1]!, 'connect_timeout');
    world.pass(100);
    expect(world.attempts).toHaveLength(2);
    expect(heard).toEqual(['failed connect_timeout']);
    expect(world.facts).toEqual(['retried v1 connect']);
  });

  it('hides the first answer of an idempotent call that the upstream could not serve', () => {
    const world = createWorld();
    const { heard } = world.send(RETRYABLE, GET);
    world.head(world.attempts[0]!, 503);
    expect(world.attempts[0]!.isAborted).toBe(true);
    world.pass(25);
    world.answer(world.attempts[1]!, 200);
    expect(heard).toEqual(['head 200', 'end']);
  });

  it('leaves no attempt behind, even if the client below answers before it returns', () => {
    const world = createWorld();
    world.onSend.answersAtOnce = 503;
    const { heard } = world.send(RETRYABLE, GET);
    expect(world.attempts[0]!.isAborted).toBe(true);
    world.onSend.answersAtOnce = 0;
    world.pass(25);
    world.answer(world.attempts[1]!);
    expect(heard).toEqual(['head 200', 'end']);
  });

  it('is not made of a POST that was sent, a call with a fallback, an answer under way, or an uploaded part', () => {
    const world = createWorld();
    world.fail((world.send(RETRYABLE, POST), world.attempts.at(-1)!), 'closed');
    world.answer((world.send(RETRYABLE, POST), world.attempts.at(-1)!), 503);
    world.fail((world.send(V1, GET), world.attempts.at(-1)!), 'connect');
    world.fail((world.send(RETRYABLE, GET), world.attempts.at(-1)!), 'first_byte_timeout');
    world.send(RETRYABLE, GET);
    world.head(world.attempts.at(-1)!, 200);
    world.fail(world.attempts.at(-1)!, 'closed');
    world.send(RETRYABLE, STREAMED).call.write(Buffer.from('a'));
    world.fail(world.attempts.at(-1)!, 'connect');
    world.pass(100);
    expect(world.attempts).toHaveLength(6);
    expect(world.facts.filter((fact) => fact.startsWith('retried'))).toEqual([]);
  });

  it('takes along the body that came meanwhile, if none was sent before', () => {
    const world = createWorld();
    const { call } = world.send(RETRYABLE, STREAMED);
    world.fail(world.attempts[0]!, 'connect');
    call.write(Buffer.from('a'));
    world.pass(25);
    expect(world.attempts[1]!.body).toEqual(['a']);
  });

  it('is not made for a client that left, and gives its place back', () => {
    const world = createWorld(policyWith({ retry: { minConcurrent: 1 } }));
    const { call, heard } = world.send(RETRYABLE, GET);
    world.fail(world.attempts[0]!, 'connect');
    call.abort();
    world.pass(100);
    expect([world.attempts.length, world.upstreams.inFlight(), heard]).toEqual([1, 0, []]);
    world.send(RETRYABLE, GET);
    world.fail(world.attempts[1]!, 'connect');
    expect(world.facts).toEqual(['retried v1 connect', 'retried v1 connect']);
  });

  it('keeps within the budget, which it leaves with its head', () => {
    const world = createWorld(policyWith({ retry: { budgetPct: 0, minConcurrent: 1 } }));
    const [first, second] = [world.send(RETRYABLE, GET), world.send(RETRYABLE, GET)];
    world.fail(world.attempts[0]!, 'closed');
    world.fail(world.attempts[1]!, 'closed');
    expect([first.heard, second.heard]).toEqual([[], ['failed closed']]);
    world.pass(25);
    world.head(world.attempts[2]!, 200);
    world.send(RETRYABLE, GET);
    world.fail(world.attempts[3]!, 'closed');
    expect(world.facts).toHaveLength(2);
  });
});

describe('an ejection', () => {
  const isEjected = (world: World, label: string): boolean => world.upstreams.isEjected('support', label);

  it('comes at once after five failures in a row, of whatever kind', () => {
    const world = createWorld();
    const kinds = ['connect', 'closed', 'first_byte_timeout', 'protocol'] as const;
    failAll(world, V1, 4, (at) => world.fail(world.attempts.at(-1)!, kinds[at]!));
    expect(isEjected(world, 'v1')).toBe(false);
    failAll(world, V1, 1, () => world.answer(world.attempts.at(-1)!, 500));
    expect(isEjected(world, 'v1')).toBe(true);
    expect(world.facts).toEqual(['ejected v1 consecutive_failures 30000']);
  });

  it('is not for what clients, callers or ourselves do', async () => {
    const world = createWorld(policyWith({ maxConcurrent: 1, maxQueued: 0, outlier: { consecutiveFailures: 1 } }));
    const ours = world.send(V1);
    world.send(V1);
    await settled();
    ours.call.abort();
    for (const status of [400, 404, 429, 499, 302]) {
      world.send(V1);
      world.answer(world.attempts.at(-1)!, status);
    }
    world.send(V1);
    world.head(world.attempts.at(-1)!, 200);
    world.fail(world.attempts.at(-1)!, 'total_timeout');
    world.send(V1, STREAMED).call.write(Buffer.from('a'));
    world.fail(world.attempts.at(-1)!, 'first_byte_timeout');
    expect(world.facts).toEqual(['overloaded v1']);
  });

  it('is for answers that break off five times without one that ends between them', () => {
    const world = createWorld();
    const breakOff = (): void => {
      world.head(world.attempts.at(-1)!, 200);
      world.fail(world.attempts.at(-1)!, 'closed');
    };
    failAll(world, V1, 4, breakOff);
    failAll(world, V1, 1, () => world.answer(world.attempts.at(-1)!));
    failAll(world, V1, 4, breakOff);
    expect(isEjected(world, 'v1')).toBe(false);
    failAll(world, V1, 1, breakOff);
    expect(isEjected(world, 'v1')).toBe(true);
  });

  it('counts a failing answer once', () => {
    const world = createWorld(policyWith({ outlier: { consecutiveFailures: 2 } }));
    world.send(V1);
    world.head(world.attempts[0]!, 500);
    world.fail(world.attempts[0]!, 'closed');
    expect(isEjected(world, 'v1')).toBe(false);
  });

  it('comes at the end of the interval if most calls failed, and ends at the end of a later one', () => {
    const world = createWorld(policyWith({ outlier: { consecutiveFailures: 10 } }));
    for (let at = 0; at < 60; at++) {
      world.send(V1);
      world.answer(world.attempts.at(-1)!, at % 10 === 3 ? 200 : 503);
    }
    expect(world.facts).toEqual([]);
    world.pass(10_000);
    expect(world.facts).toEqual(['ejected v1 failure_pct 30000']);
    world.pass(29_999);
    expect(isEjected(world, 'v1')).toBe(true);
    world.pass(10_000);
    expect(isEjected(world, 'v1')).toBe(false);
  });

  it('leaves the last version standing', () => {
    const world = createWorld();
    failAll(world, V1, 5, () => world.fail(world.attempts.at(-1)!, 'connect'));
    failAll(world, V2, 20, () => world.fail(world.attempts.at(-1)!, 'connect'));
    expect([isEjected(world, 'v1'), isEjected(world, 'v2')]).toEqual([true, false]);
    failAll(world, { ...V2, siblings: 4 }, 5, () => world.fail(world.attempts.at(-1)!, 'connect'));
    expect(isEjected(world, 'v2')).toBe(true);
  });

  it('of a version that may no longer serve takes nobody its place', () => {
    const world = createWorld();
    failAll(world, V1, 5, () => world.fail(world.attempts.at(-1)!, 'connect'));
    world.upstreams.serving('support', new Set(['v2', 'v3']));
    expect(world.facts.at(-1)).toBe('returned v1');
    failAll(world, V2, 5, () => world.fail(world.attempts.at(-1)!, 'connect'));
    expect(isEjected(world, 'v2')).toBe(true);
  });

  it('outlives a reload of the policy', () => {
    const world = createWorld();
    failAll(world, V1, 5, () => world.fail(world.attempts.at(-1)!, 'connect'));
    world.setPolicy(policyWith({ outlier: { baseEjection: '60s' } }));
    world.pass(50_000);
    expect(isEjected(world, 'v1')).toBe(true);
    world.pass(10_000);
    expect(isEjected(world, 'v1')).toBe(false);
  });

  it('is known of versions in use, and one unused for an hour is forgotten with its past', () => {
    const world = createWorld(policyWith({ outlier: { baseEjection: '2h', maxEjection: '2h' } }));
    failAll(world, V1, 5, () => world.fail(world.attempts.at(-1)!, 'connect'));
    failAll(world, V2, 4, () => world.fail(world.attempts.at(-1)!, 'connect'));
    world.pass(1);
    world.pass(3_600_000);
    failAll(world, { ...V2, siblings: 9 }, 4, () => world.fail(world.attempts.at(-1)!, 'connect'));
    expect([isEjected(world, 'v1'), isEjected(world, 'v2')]).toEqual([true, false]);
    expect(isEjected(world, 'v3')).toBe(false);
  });
});
