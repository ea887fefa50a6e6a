import type { Clock } from '../../platform/process/clock.ts';
import type { TickShare } from '../../schemas/envelope.ts';
import type { JudgeEvents } from '../events.ts';
import { placeOf } from './place.ts';
import { allScored, nextShares, type ShareState } from './shares.ts';

/** What is done with an exchange, and the shares that say so. */
export type Sample = {
  share: number;
  leftOut: boolean;
  modelShare: number;
  modelsLeftOut: boolean;
};

export type Sampler = {
  /** To be told of each answer that the judge comes to: how late it is, and how long it has waited in the judge's own queue. */
  took(lagMs: number, waitedMs: number): void;
  sampleOf(exchangeId: string): Sample;
  /** For ticks. */
  told(): TickShare;
};

type Options = {
  clock: Clock;
  events: JudgeEvents;
  limitMs: number;
  /** How long the longest question has waited for a model; null without models. */
  modelWaitMs: (() => number) | null;
  /** Which part of the time since it was asked last the process was at work. */
  busyShare: () => number;
};

const STEP_MS = 1_000;
/** The judge is pressed when it is at work for so much of the time … */
const PRESSED_BUSY = 0.7;
/** … or when answers wait so long for their turn, whatever it waits for itself. */
const PRESSED_WAIT_MS = 50;

const ALL: Sample = { share: 1, leftOut: false, modelShare: 1, modelsLeftOut: false };

/** What was seen since the last step. */
type Look = { atMs: number; taken: number; lagMs: number; waitedMs: number };

/** Which exchanges a judge scores: all, until it is too far behind (share-law.ts). It looks about once a second, and only when there is work. */
export const createSampler = ({ clock, events, limitMs, modelWaitMs, busyShare }: Options): Sampler => {
  let state: ShareState = allScored(modelWaitMs !== null);
  let look: Look = { atMs: clock.nowMs(), taken: 0, lagMs: 0, waitedMs: 0 };
  let lagMs = 0;

  const tell = (before: ShareState): void => {
    for (const by of ['rules', 'models'] as const) {
      const [was, is] = [before[by] ?? 1, state[by] ?? 1];
      if (was === 1 && is < 1) events.leavesOut(by, is, lagMs);
      if (was < 1 && is === 1) events.scoresAll(by, lagMs);
    }
    events.shares(state, lagMs);
  };

  const step = (nowMs: number): void => {
    const { taken, waitedMs } = look;
    const isPressed = busyShare() >= PRESSED_BUSY || (taken > 0 && waitedMs / taken >= PRESSED_WAIT_MS);
    const waitMs = modelWaitMs?.() ?? 0;
    const seen = { rules: { lagMs: look.lagMs, isPressed }, models: { lagMs: waitMs, isPressed: waitMs > 0 } };
    const before = state;
    lagMs = look.lagMs;
    state = nextShares(before, seen, limitMs, nowMs - look.atMs);
    look = { atMs: nowMs, taken: 0, lagMs: 0, waitedMs: 0 };
    tell(before);
  };

  return {
    took: (lateMs, waitedMs) => {
      look.taken += 1;
      look.waitedMs += waitedMs;
      look.lagMs = Math.max(look.lagMs, lateMs);
      const nowMs = clock.nowMs();
      if (nowMs - look.atMs >= STEP_MS) step(nowMs);
    },
    sampleOf: (exchangeId) => {
      const { rules, models } = state;
      if (rules === 1 && (models ?? 1) === 1) return ALL;
      const place = placeOf(exchangeId);
      const modelShare = models ?? 1;
      return { share: rules, leftOut: place >= rules, modelShare, modelsLeftOut: place >= modelShare };
    },
    told: () => {
      const { rules, models } = state;
      const isAll = rules === 1 && (models ?? 1) === 1;
      return { rules, models, reason: isAll ? '' : `${(lagMs / 1_000).toFixed(1)} s behind` };
    },
  };
};
