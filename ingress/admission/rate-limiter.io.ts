import type { Log } from '../../platform/process/log.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { createOutageLog } from '../../platform/process/outage-log.ts';
import type { Redis } from '../../platform/redis/redis.ts';
import { rateOf, shareOf, takeAll, resultOf } from './gcra.ts';
import type { Rate, LimitResult } from './gcra.ts';
import type { Bucket, RateLimiter } from './limits.ts';
import { createLocalBuckets } from './local-buckets.ts';

export const limitKey = (name: string): string => `coalmine:limit:${name}`;

/** A client waits no longer than this for Redis. */
const PATIENCE_MS = 50;
/** While Redis is away it is asked so often whether it is back; no client waits for that. */
const PROBE_EVERY_MS = 250;

/**
 * GCRA (core/gcra.ts) on several buckets in one step: all are charged, or none. KEYS are the buckets; ARGV holds emission
 * interval in microseconds and burst of each. Answers with 1 or 0, then each bucket's backlog in microseconds.
 * Written out, since Lua by itself would round to 14 digits.
 */
export const TAKE = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local allowed, backlogs = 1, {}
for i, key in ipairs(KEYS) do
  local interval, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local tat = tonumber(redis.call('GET', key) or '0') or 0
  backlogs[i] = math.max(0, tat - now)
  if backlogs[i] + interval > burst * interval then allowed = 0 end
end
local answer = { allowed }
for i, key in ipairs(KEYS) do
  local backlog = backlogs[i]
  if allowed == 1 then
    backlog = backlog + tonumber(ARGV[2 * i - 1])
    redis.call('SET', key, string.format('%.0f', now + backlog), 'PX', math.ceil(backlog / 1000))
  end
  answer[i + 1] = backlog
end
return answer
`;

type TakeCommand = (keyCount: number, ...args: string[]) => Promise<[number, ...number[]]>;

/**
 * Limits that all ingresses keep together in Redis. While it is away or slower than 50 ms each keeps its share (limit ÷
 * `instances`) in its own memory, beginning with empty buckets.
 */
export const createRateLimiter = (options: {
  redis: Redis;
  log: Log;
  instances: number;
  /** Monotonic. */
  elapsedMs: () => number;
}): RateLimiter => {
  const { redis, log, instances, elapsedMs } = options;
  redis.defineCommand('coalmineTake', { lua: TAKE });
  const takeInRedis: TakeCommand = (redis as unknown as { coalmineTake: TakeCommand }).coalmineTake.bind(redis);
  const outage = createOutageLog(log, systemClock, 'Redis, for request limits,');
  const local = createLocalBuckets();
  let probeAtMs = Number.NEGATIVE_INFINITY;

  const result = (buckets: readonly Bucket[], rates: readonly Rate[], allowed: boolean, after: readonly number[]) =>
    resultOf(
      allowed,
      rates.map((rate, i) => ({ bucket: buckets[i]!.name, rate, backlogUs: after[i]! })),
    );
  const takeHere = (buckets: readonly Bucket[], whole: readonly Rate[]): LimitResult => {
    const nowUs = Math.floor(elapsedMs() * 1_000);
    const rates = whole.map((rate) => shareOf(rate, instances));
    const names = buckets.map(({ name }) => name);
    const { allowed, after } = takeAll(rates, local.backlogs(names, nowUs));
    if (allowed) local.keep(names, after, nowUs);
    return result(buckets, rates, allowed, after);
  };
  const ask = async (buckets: readonly Bucket[], rates: readonly Rate[]): Promise<LimitResult> => {
    const keys = buckets.map(({ name }) => limitKey(name));
    const args = rates.flatMap(({ intervalUs, burst }) => [String(intervalUs), String(burst)]);
    const [allowed, ...backlogs] = await takeInRedis(keys.length, ...keys, ...args);
    return result(buckets, rates, allowed === 1, backlogs);
  };
  /** Nobody waits for this answer; if it comes in time, Redis is asked again from then on. */
  const probe = (buckets: readonly Bucket[], rates: readonly Rate[]): void => {
    const startedMs = elapsedMs();
    probeAtMs = startedMs + PROBE_EVERY_MS;
    ask(buckets, rates).then(
      () => elapsedMs() - startedMs < PATIENCE_MS && outage.recovered(),
      (error: unknown) => outage.failed(error),
    );
  };
  const askPatiently = (buckets: readonly Bucket[], rates: readonly Rate[]): Promise<LimitResult> =>
    new Promise((resolve) => {
      let isOver = false;
      const failed = (error: unknown): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        if (!outage.down()) probeAtMs = elapsedMs() + PROBE_EVERY_MS;
        outage.failed(error);
        resolve(takeHere(buckets, rates));
      };
      const late = (): void => failed(new Error(`no answer within ${PATIENCE_MS} ms`));
      // If this process itself was held up, the answer is there already and is read before an immediate runs.
      const timer = setTimeout(() => setImmediate(late), PATIENCE_MS);
      const answered = (answer: LimitResult): void => {
        isOver = true;
        clearTimeout(timer);
        resolve(answer);
      };
      ask(buckets, rates).then(answered, failed);
    });

  return {
    take: (buckets) => {
      if (buckets.length === 0) return null;
      const rates = buckets.map(({ limit }) => rateOf(limit));
      if (!outage.down()) return askPatiently(buckets, rates);
      if (elapsedMs() >= probeAtMs) probe(buckets, rates);
      return takeHere(buckets, rates);
    },
  };
};
