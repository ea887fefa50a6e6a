import pLimit from 'p-limit';
import { backoff } from '../../platform/process/retry.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { Case } from './dataset/case.ts';
import { type Answered, isReply, type Reply } from './reply.ts';
import { type Attempt, type Target, TargetError } from './target/target.ts';

/** Between two tries of one question, where the target says nothing: doubling, and up to half of it more or less by chance. */
const BACKOFF = { firstMs: 500, maxMs: 20_000 };
const JITTER = 0.5;
/** When so many questions ended and none of them reached the agent, the rest will not either. */
const IN_VAIN = 20;

export type AskPlan = { concurrency: number; retries: number; repeats: number };

/** One question in one repeat, and what became of it. */
export type Asked = { of: Case; repeat: number; answered: Answered };

export type Progress = { done: number; total: number; kept: number; failed: number; retried: number };

export type AskingDeps = {
  clock: Clock;
  random: () => number;
  signal: AbortSignal;
  /** Answers that need not be asked for. */
  keptOf: (asked: Case, repeat: number) => Reply | undefined;
  /** Called before anybody is told of it. */
  keep: (asked: Case, repeat: number, reply: Reply) => void;
  onProgress: (progress: Progress) => void;
};

/** The agent was not reached, or would not talk with us: no word of its own. */
const SETUP_STATUS: ReadonlySet<number> = new Set([0, 401, 403, 404, 405, 407]);
const isInVain = (answered: Answered): boolean => isReply(answered) && SETUP_STATUS.has(answered.status);

/** Why nothing could be asked, with what to look at. */
const whyInVain = ({ name }: Target, { status, reason }: Reply): string => {
  const what =
    status === 0
      ? 'is it up, and is that its address?'
      : status === 401 || status === 403 || status === 407
        ? 'is the key right?'
        : 'is that its base URL? /chat/completions is asked below it';
  return `${name} can't be asked: ${reason} (${what})`;
};

/** Whoever is asked to wait makes all others wait, too. */
const createPause = (clock: Clock) => {
  let untilMs = 0;
  return {
    extend: (waitMs: number): void => void (untilMs = Math.max(untilMs, clock.nowMs() + waitMs)),
    over: async (signal: AbortSignal): Promise<void> => {
      for (;;) {
        const waitMs = untilMs - clock.nowMs();
        if (waitMs <= 0 || signal.aborted) return;
        await clock.sleep(waitMs, signal);
      }
    },
  };
};

const withAttempts = (answered: Answered, attempts: number): Answered =>
  isReply(answered) ? { ...answered, attempts } : answered;

/**
 * Asks a target every question, so many at a time, each as often as it takes within its retries. Answers are in the order of the questions.
 * Rejects when the signal aborts, and where the target can't be asked at all; what was answered until then is kept.
 */
export const askAll = async (
  target: Target,
  cases: readonly Case[],
  { concurrency, retries, repeats }: AskPlan,
  deps: AskingDeps,
): Promise<Asked[]> => {
  const { clock, random, keptOf, keep, onProgress } = deps;
  const stop = new AbortController();
  const signal = AbortSignal.any([deps.signal, stop.signal]);
  const pause = createPause(clock);
  const progress: Progress = { done: 0, total: cases.length * repeats, kept: 0, failed: 0, retried: 0 };
  let inVain = 0;
  let reached = false;

  const waitAfter = async ({ retryAfterMs, isBusy }: Attempt, attempt: number): Promise<void> => {
    const ownMs = backoff(attempt, BACKOFF) * (1 + JITTER * (2 * random() - 1));
    if (isBusy) pause.extend(retryAfterMs ?? 0);
    else await clock.sleep(Math.max(retryAfterMs ?? 0, ownMs), signal);
  };

  const limit = pLimit(concurrency);
  const askWhenFree = (of: Case, repeat: number): Promise<Attempt> =>
    limit(async () => {
      await pause.over(signal);
      signal.throwIfAborted();
      return target.ask(of, repeat, signal);
    });

  /** Whoever waits to ask again holds up nobody, and then stands at the end of the queue. */
  const answerTo = async (of: Case, repeat: number): Promise<Answered> => {
    for (let attempt = 1; ; attempt += 1) {
      const asked = await askWhenFree(of, repeat);
      if (asked.retryAfterMs === null || attempt > retries) return withAttempts(asked.answered, attempt);
      if (attempt === 1) progress.retried += 1;
      onProgress({ ...progress });
      await waitAfter(asked, attempt);
    }
  };

  const giveUpInVain = (answered: Answered): void => {
    inVain += isInVain(answered) ? 1 : 0;
    reached ||= !isInVain(answered);
    if (reached || inVain < Math.min(IN_VAIN, progress.total) || !isReply(answered)) return;
    stop.abort(new TargetError(whyInVain(target, answered)));
  };

  /** What can't be asked at all ends it for all others as well. */
  const answerOrStop = async (of: Case, repeat: number): Promise<Answered> => {
    try {
      return await answerTo(of, repeat);
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  };

  const askOne = async (of: Case, repeat: number): Promise<Asked> => {
    const kept = keptOf(of, repeat);
    const answered = kept ?? (await answerOrStop(of, repeat));
    // Of one that was not reached there is no answer to keep: the next run asks it again.
    if (kept === undefined && isReply(answered) && !isInVain(answered)) keep(of, repeat, answered);
    progress.done += 1;
    progress.kept += kept === undefined ? 0 : 1;
    progress.failed += !isReply(answered) || answered.outcome !== 'ok' ? 1 : 0;
    if (!target.isRecorded) giveUpInVain(answered);
    onProgress({ ...progress });
    signal.throwIfAborted();
    return { of, repeat, answered };
  };

  // All of a question's repeats stand apart, so that a slow minute of the agent falls on many questions once each.
  const rounds = Array.from({ length: repeats }, (_, repeat) => cases.map((of) => ({ of, repeat })));
  const ended = await Promise.allSettled(rounds.flat().map(({ of, repeat }) => askOne(of, repeat)));
  signal.throwIfAborted();
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
};
