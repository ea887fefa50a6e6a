import pLimit from 'p-limit';
import type { Clock } from '../../platform/process/clock.ts';
import type { JudgeEvents } from '../events.ts';
import type { Waits } from './waits.ts';

/** After so many calls in a row that came to nothing, the model counts as away for a while. */
const FAILURES_TO_AWAY = 5;
const AWAY_MS = 10_000;
/** One that was busy for so long, and nothing else, is away, too: a proxy's 503 for a dead model, a 429 for a quota that is used up. */
const BUSY_TO_AWAY_MS = 120_000;
/** A call that waited longer is given up, so that no record's offset stands for hours, and with it those of all after it. */
const MAX_WAIT_MS = 300_000;
const MINUTE_MS = 60_000;

/**
 * Why a call came to nothing. `retryAfterMs` is null where trying again is of no use. `isBusy`: the endpoint is there and asks
 * all its callers to wait for that time. `isPaid`: the model was at work, so that its owner may ask for money all the same.
 */
export type CallFailure = {
  ok: false;
  reason: string;
  retryAfterMs: number | null;
  isBusy: boolean;
  isPaid?: boolean;
};

export type GateOptions = {
  clock: Clock;
  events: JudgeEvents;
  /** Calls under way at the same time. */
  concurrency: number;
  /** Evenly spaced, so that the endpoint's own window never sees a burst; Infinity for no limit. */
  requestsPerMinute: number;
  /** Where it is counted what waits at the gate. */
  waits: Waits;
};

/** Whether a question that has waited may still be asked: others may have spent what was left meanwhile. */
export type MayAsk = () => boolean;

/** Runs a call of the endpoint when it may be made; never rejects if the call does not. */
export type ModelGate = <R extends { ok: true }>(
  call: () => Promise<R | CallFailure>,
  mayAsk?: MayAsk,
) => Promise<R | CallFailure>;

/**
 * One endpoint's gate: so many calls at a time and a minute. An answer of 429 (503, 529) makes every call wait, not only the one that got
 * it. An endpoint that fails again and again, or has been busy for two minutes, is left alone for ten seconds at a time; meanwhile every call
 * fails at once, so that a dead model delays no other score. What has waited for five minutes fails, too.
 */
export const createModelGate = ({ clock, events, concurrency, requestsPerMinute, waits }: GateOptions): ModelGate => {
  const limit = pLimit(concurrency);
  const spacingMs = MINUTE_MS / requestsPerMinute;
  let nextCallMs = 0;
  let pausedUntilMs = 0;
  let awayUntilMs = 0;
  let failuresInRow = 0;
  let busyInRow = { calls: 0, sinceMs: 0 };

  const admitted = async (): Promise<void> => {
    for (;;) {
      const nowMs = clock.nowMs();
      const waitMs = Math.max(pausedUntilMs, nextCallMs) - nowMs;
      if (waitMs <= 0) break;
      await clock.sleep(waitMs);
    }
    nextCallMs = Math.max(nextCallMs, clock.nowMs()) + spacingMs;
  };

  /** Left alone until then, whatever it asks its callers to wait for. */
  const leaveAlone = (reason: string): void => {
    awayUntilMs = Math.max(clock.nowMs() + AWAY_MS, pausedUntilMs);
    events.modelAway(reason, awayUntilMs - clock.nowMs());
  };

  const learnBusy = ({ reason, retryAfterMs }: CallFailure): void => {
    const nowMs = clock.nowMs();
    pausedUntilMs = Math.max(pausedUntilMs, nowMs + (retryAfterMs ?? 0));
    events.modelBusy();
    busyInRow = { calls: busyInRow.calls + 1, sinceMs: busyInRow.calls === 0 ? nowMs : busyInRow.sinceMs };
    const lastedMs = nowMs - busyInRow.sinceMs;
    if (busyInRow.calls < FAILURES_TO_AWAY || lastedMs < BUSY_TO_AWAY_MS || nowMs < awayUntilMs) return;
    leaveAlone(`${reason} and nothing else for ${Math.round(lastedMs / 1_000)} s`);
  };

  const learn = (result: { ok: true } | CallFailure): void => {
    if (!result.ok && result.isBusy) {
      learnBusy(result);
      return;
    }
    busyInRow = { calls: 0, sinceMs: 0 };
    failuresInRow = result.ok ? 0 : failuresInRow + 1;
    if (result.ok || failuresInRow < FAILURES_TO_AWAY) return;
    failuresInRow = 0;
    leaveAlone(result.reason);
  };

  const reasonNotToAsk = (askedAtMs: number, mayAsk: MayAsk): string | null => {
    if (clock.nowMs() < awayUntilMs) return 'is away';
    if (!mayAsk()) return 'was not asked: the hour’s budget is used up';
    return clock.nowMs() - askedAtMs > MAX_WAIT_MS ? 'is too busy: the question waited for five minutes' : null;
  };

  const refusal = (...asked: Parameters<typeof reasonNotToAsk>): CallFailure | null => {
    const reason = reasonNotToAsk(...asked);
    if (reason === null) return null;
    events.notAsked();
    return { ok: false, reason: `the judge model ${reason}`, retryAfterMs: null, isBusy: false };
  };

  return (call, mayAsk = () => true) => {
    const askedAtMs = clock.nowMs();
    const isOver = waits.begin();
    return limit(async () => {
      // Looked at before as well: a question that is not asked takes nobody's place among so many a minute.
      const early = refusal(askedAtMs, mayAsk);
      if (early === null) await admitted();
      isOver();
      const refused = early ?? refusal(askedAtMs, mayAsk);
      if (refused !== null) return refused;
      const result = await call();
      learn(result);
      return result;
    });
  };
};
