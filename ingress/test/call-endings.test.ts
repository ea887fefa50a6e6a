import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/process/clock.ts';
import type { AdmissionCall, AdmissionPolicy } from '../admission/admission-call.ts';
import { createWatch, watchedChain } from '../admission/admission-watch.harness.ts';
import { ADMISSION_CHAIN } from '../admission/chain.ts';
import { notPermitted } from '../protocol/error-envelope.ts';
import { ENDINGS, LASTING, startObedientVersion } from './call-endings.harness.ts';
import { OPEN_ACCESS, startFrontDoor, until, viewOf } from './front-door.harness.ts';

const REFUSAL = { error: notPermitted('No.'), headers: [] };
const LATE_MS = 8;
const VERY_LATE_MS = 150;

/** Does what the client's `x-test` asks for, so that a test can have a policy refuse or wait wherever it wants. */
const createObedient = (): AdmissionPolicy => {
  const turns = new WeakMap<object, number>();
  const isMeant = ({ kind, client, principal }: AdmissionCall, mark: string): boolean => {
    if (kind !== 'turn') return !mark.includes('turn');
    if (!mark.includes('turn')) return false;
    const count = (turns.get(client) ?? 0) + 1;
    turns.set(client, count);
    return principal !== undefined && (!mark.endsWith('2') || count === 2);
  };
  const marks = new WeakMap<object, string>();
  return {
    name: 'obedient',
    about: '',
    needs: 'agent',
    admit: ({ client }) => (client.headers.get('x-test') === 'refuse admit' ? REFUSAL : null),
    reserve: (call) => {
      // A connection keeps none of its handshake's headers, but its principal.
      const mark = call.kind === 'turn' ? (marks.get(call.subject) ?? '') : (call.client.headers.get('x-test') ?? '');
      marks.set(call.subject, mark);
      if (!isMeant(call, mark)) return null;
      const answer = mark.startsWith('refuse') ? REFUSAL : null;
      if (!mark.includes('late')) return answer;
      return systemClock.sleep(mark.startsWith('very') ? VERY_LATE_MS : LATE_MS).then(() => answer);
    },
  };
};

let version: Awaited<ReturnType<typeof startObedientVersion>>;
beforeAll(async () => {
  version = await startObedientVersion();
});
afterAll(() => version.close());

const limit = { requests: 100_000, burst: 100_000 };
const upstream = { firstByteTimeout: '60ms', idleTimeout: '60ms', connectTimeout: '60ms', maxQueued: 5 };
const agent = { capture: { mode: 'full' as const }, limit, upstream, rollbackDrain: '1ms' };

const openDoor = async (lasting = false) => {
  const watch = createWatch();
  const views = [
    viewOf(version.url, version.url, 0),
    viewOf('http://127.0.0.1:9', 'http://127.0.0.1:9', 0, { agent: 'dead' }),
  ];
  const door = await startFrontDoor({
    views,
    chain: watchedChain(watch, [...ADMISSION_CHAIN, createObedient]),
    limiter: {
      take: async () => ({ allowed: true, bucket: 'a', limit: 1, remaining: 1, resetMs: 0, retryAfterMs: 0 }),
    },
    captureLimitBytes: 4_096,
    policy: {
      access: OPEN_ACCESS,
      cors: { origins: ['https://app.example.com'] },
      limits: { maxBodyBytes: 16_384, perKey: limit },
      defaults: lasting ? { ...agent, upstream: {} } : agent,
    },
  });
  const play = (plays: Readonly<Record<string, (port: number) => Promise<unknown>>>, names: readonly string[]) =>
    Promise.allSettled(names.map((name) => plays[name]!(door.server.port)));
  return { door, watch, play };
};

describe('a policy that asks', () => {
  it('is told tokens, cost and size of an answer, plain or streamed, whatever may be kept of it', async () => {
    const told: unknown[] = [];
    const meter = (): AdmissionPolicy => ({
      name: 'meter',
      about: '',
      needs: 'agent',
      settle: ({ usage, outcome, answerBytes }) => void told.push([outcome, usage?.completionTokens, answerBytes > 50]),
    });
    for (const mode of ['full', 'redacted', 'hash', 'none'] as const) {
      const door = await startFrontDoor({
        views: [viewOf(version.url, version.url, 0)],
        chain: [...ADMISSION_CHAIN, meter],
        policy: { access: OPEN_ACCESS, defaults: { capture: { mode } } },
      });
      await ENDINGS['answered']!(door.server.port);
      await ENDINGS['the version resets']!(door.server.port);
      await door.close();
    }
    expect(told).toEqual(
      Array.from({ length: 4 }, () => [
        ['ok', 5, true],
        ['upstream_error', undefined, true],
      ]).flat(),
    );
  });
});

describe('every policy that reserved for a call hears of its end once', () => {
  it.each(Object.keys(ENDINGS))('%s', async (name) => {
    const { door, watch, play } = await openDoor();
    await play(ENDINGS, [name]);
    await until(() => watch.held() === 0, `the end of ${name}`);
    watch.expectSettled();
    await door.close();
    watch.expectSettled();
  });

  it.each(Object.keys(LASTING))('stopped while %s', async (name) => {
    const { door, watch, play } = await openDoor(true);
    const played = play(LASTING, [name]);
    await until(() => watch.reserved() > 0, 'the call');
    await systemClock.sleep(20);
    expect(watch.held()).toBeGreaterThan(0);
    door.front.leave();
    door.front.closeSockets();
    door.server.close();
    await until(() => watch.held() === 0, `the end of ${name}`);
    await systemClock.sleep(name.includes('policy') || name.includes('turn') ? VERY_LATE_MS : 0);
    watch.expectSettled();
    await door.close();
    await played;
    expect(watch.held()).toBe(0);
  });

  it('whatever comes together, in whatever order, and is stopped or withdrawn in the midst of it', async () => {
    const endings = fc.array(fc.constantFrom(...Object.keys(ENDINGS)), { minLength: 5, maxLength: 30 });
    const lasting = fc.array(fc.constantFrom(...Object.keys(LASTING)), { maxLength: 6 });
    const stops = fc.constantFrom('after' as const, 'amid' as const, 'withdrawn' as const);
    await fc.assert(
      fc.asyncProperty(endings, lasting, stops, fc.nat(60), async (ends, lasts, stop, afterMs) => {
        const { door, watch, play } = await openDoor();
        const playing = [play(ENDINGS, ends), play(LASTING, lasts)];
        if (stop === 'after') await playing[0];
        else await systemClock.sleep(afterMs);
        if (stop === 'withdrawn') {
          door.routed(viewOf(version.url, version.url, 100, { sequence: 4 }));
          await playing[0];
        }
        door.front.leave();
        door.front.closeSockets();
        door.server.close();
        await until(() => watch.held() === 0, 'every call to be over');
        await door.close();
        await Promise.all(playing);
        watch.expectSettled();
        expect(watch.held()).toBe(0);
      }),
      { seed: 23, numRuns: 20, endOnFailure: true },
    );
  }, 120_000);
});
