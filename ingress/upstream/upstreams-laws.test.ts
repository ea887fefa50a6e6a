import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnsent } from '../protocol/upstream-call.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import { createWorld, GET, policyWith, POST, STREAMED, V1 } from './upstreams.harness.ts';
import type { Sent, World } from './upstreams.harness.ts';

const LABELS = ['v1', 'v2', 'v3', 'v4'];
const METHODS = [GET, POST, STREAMED];
const KINDS = ['connect', 'connect_timeout', 'closed', 'protocol', 'first_byte_timeout', 'total_timeout'] as const;
const STATUSES = [200, 204, 404, 500, 502, 503];

/** `which` is taken modulo what is there. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      which: fc.nat(3),
      method: fc.nat(2),
      retryable: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('head' as const), which: fc.nat(), status: fc.constantFrom(...STATUSES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(), status: fc.constantFrom(...STATUSES) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('fail' as const), which: fc.nat(), kind: fc.constantFrom(...KINDS) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('write' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 30, 300, 5_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

type Call = Sent & { id: string; label: string; isStreamed: boolean; isAborted: boolean };
type History = { world: World; calls: Call[]; failedOf: Map<string, UpstreamFailure['kind'][]> };

const labelOf = (id: string): string => id.slice(0, 2);
const idsOf = (world: World, label: string): string[] =>
  world.attempts.map(({ request }) => request.path).filter((id) => labelOf(id) === label);

const send = ({ world, calls }: History, which: number, method: number, retryable: boolean): void => {
  const label = LABELS[which % LABELS.length]!;
  const id = `${label}/${calls.length}`;
  const sent = world.send({ ...V1, label, siblings: LABELS.length, retryable }, { ...METHODS[method]!, path: id });
  expect(sent.heard, 'nothing is said before the caller has its call').toEqual([]);
  calls.push({ ...sent, id, label, isStreamed: METHODS[method] === STREAMED, isAborted: false });
};

const take = (history: History, move: Step): void => {
  const { world, calls, failedOf } = history;
  if (move.do === 'send') return send(history, move.which, move.method, move.retryable);
  if (move.do === 'pass') return world.pass(move.ms);
  if (move.do === 'abort' || move.do === 'write') {
    const call = calls[move.which % calls.length];
    if (call === undefined) return;
    if (move.do === 'write' && call.isStreamed) call.call.write(Buffer.from('part'));
    if (move.do === 'write') return;
    call.isAborted ||= !isDone(call);
    return call.call.abort();
  }
  const open = world.open();
  const attempt = open[move.which % open.length];
  if (attempt === undefined) return;
  const isBegun = calls.some(({ id, heard }) => id === attempt.request.path && hasBegun(heard));
  if (move.do === 'fail') {
    failedOf.set(attempt.request.path, [...(failedOf.get(attempt.request.path) ?? []), move.kind]);
    world.fail(attempt, move.kind);
  } else if (move.do === 'head' && !isBegun) world.head(attempt, move.status);
  else if (move.do === 'answer' && isBegun) world.end(attempt);
  else if (move.do === 'answer') world.answer(attempt, move.status);
};

const hasBegun = (heard: readonly string[]): boolean => heard.some((said) => said.startsWith('head'));
const isDone = ({ heard }: Call): boolean => heard.some((said) => said === 'end' || said.startsWith('failed'));

/** Calls of a version that have a place, and those of them that are retries without a head yet. */
const loadOf = (world: World, calls: readonly Call[], label: string): { retries: number; underWay: number } => {
  let [retries, underWay] = [0, 0];
  for (const call of calls) {
    if (call.label !== label || call.isAborted || isDone(call)) continue;
    const attempts = world.attempts.filter(({ request }) => request.path === call.id);
    if (attempts.length > 0) underWay += 1;
    const isBetween = attempts.length > 0 && attempts.every(({ isOver }) => isOver);
    if (isBetween || (attempts.length === 2 && !hasBegun(call.heard))) retries += 1;
  }
  return { retries, underWay };
};

const settled = async (): Promise<void> => {
  await Promise.resolve();
};

const run = async (moves: readonly Step[], policy: ReturnType<typeof policyWith>, each: (history: History) => void) => {
  const history: History = { world: createWorld(policy), calls: [], failedOf: new Map() };
  for (const move of moves) {
    take(history, move);
    each(history);
    await settled();
    each(history);
  }
  return history;
};

const finish = async ({ world }: History): Promise<void> => {
  for (let turn = 0; world.open().length > 0 || world.timers() > 0; turn++) {
    for (const attempt of world.open()) world.fail(attempt, 'closed');
    world.pass(50);
    await settled();
    expect(turn).toBeLessThan(200);
  }
};

const moves = fc.array(step, { maxLength: 120, size: 'max' });
const LIMITS = fc.record({ maxConcurrent: fc.integer({ min: 1, max: 3 }), maxQueued: fc.nat(4) });
const SEEDED = { seed: 4, numRuns: 300 };

describe('whatever happens', () => {
  it('no version has more calls under way than it may, and nobody overtakes', async () => {
    await fc.assert(
      fc.asyncProperty(moves, LIMITS, async (all, limits) => {
        const { world } = await run(all, policyWith(limits), ({ world }) => {
          for (const label of LABELS)
            expect(world.open().filter(({ request }) => labelOf(request.path) === label).length).toBeLessThanOrEqual(
              limits.maxConcurrent,
            );
        });
        for (const label of LABELS) {
          const firsts = [...new Set(idsOf(world, label))].map((id) => Number(id.slice(3)));
          expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
        }
      }),
      SEEDED,
    );
  });

  it('each call comes to exactly one end, and a call given up hears nothing more', async () => {
    await fc.assert(
      fc.asyncProperty(moves, LIMITS, async (all, limits) => {
        const silent = new Map<Call, number>();
        const history = await run(all, policyWith(limits), ({ calls }) => {
          for (const call of calls) {
            if (call.isAborted && !silent.has(call)) silent.set(call, call.heard.length);
            if (call.isAborted) expect(call.heard).toHaveLength(silent.get(call)!);
          }
        });
        await finish(history);
        for (const call of history.calls) {
          const ends = call.heard.filter((said) => said === 'end' || said.startsWith('failed'));
          expect(ends, call.id).toHaveLength(call.isAborted ? 0 : 1);
          if (!call.isAborted) expect(['end', ends[0]]).toContain(call.heard.findLast((said) => said !== 'writable'));
        }
        expect(history.world.upstreams.inFlight()).toBe(0);
      }),
      SEEDED,
    );
  });

  it('a POST that was sent is never sent again, no call is sent three times, nor one whose answer began', async () => {
    await fc.assert(
      fc.asyncProperty(moves, LIMITS, async (all, limits) => {
        const { world, failedOf, calls } = await run(all, policyWith(limits), () => {});
        for (const { id } of calls) {
          const attempts = world.attempts.filter(({ request }) => request.path === id);
          expect(attempts.length).toBeLessThanOrEqual(2);
          if (attempts.length < 2) continue;
          const [first] = attempts;
          const kind = failedOf.get(id)?.[0];
          if (first!.request.method === 'POST')
            expect(kind !== undefined && isUnsent({ kind, message: '' })).toBe(true);
          expect(first!.body).toEqual([]);
        }
      }),
      SEEDED,
    );
  });

  const policies = fc.record({
    retry: fc.record({ budgetPct: fc.constantFrom(0, 20, 50), minConcurrent: fc.nat(2) }),
    outlier: fc.record({
      consecutiveFailures: fc.integer({ min: 1, max: 4 }),
      maxEjectedPct: fc.constantFrom(0, 25, 50, 100),
      minRequests: fc.integer({ min: 1, max: 5 }),
      baseEjection: fc.constantFrom('1s', '20s'),
    }),
  });
  it('no more versions are ejected than may be', async () => {
    await fc.assert(
      fc.asyncProperty(moves, policies, async (all, changes) => {
        const policy = policyWith(changes);
        await run(all, policy, ({ world }) => {
          const ejected = LABELS.filter((label) => world.upstreams.isEjected('support', label)).length;
          expect(ejected).toBeLessThanOrEqual(
            Math.max(1, Math.floor((policy.outlier.maxEjectedPct / 100) * LABELS.length)),
          );
          const said = (word: string) => world.facts.filter((fact) => fact.startsWith(word)).length;
          expect(said('ejected') - said('returned')).toBe(ejected);
        });
      }),
      SEEDED,
    );
  });

  it('no retry is begun beyond the budget', async () => {
    await fc.assert(
      fc.asyncProperty(moves, policies, async (all, changes) => {
        const policy = policyWith(changes);
        let seen = 0;
        await run(all, policy, ({ world, calls }) => {
          const retried = world.facts.filter((fact) => fact.startsWith('retried'));
          for (const fact of retried.slice(seen)) {
            const { retries, underWay } = loadOf(world, calls, labelOf(fact.slice('retried '.length)));
            const budget = Math.max(policy.retry.minConcurrent, (policy.retry.budgetPct / 100) * underWay);
            expect(retries - 1).toBeLessThan(budget);
          }
          seen = retried.length;
        });
      }),
      SEEDED,
    );
  });
});
