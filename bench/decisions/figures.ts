import type { Found } from './jobs.ts';
import type { Summary } from './simulate.ts';
import { median, wilson } from './wilson.ts';

/** A cell over all its seeds: shares of all rollouts, medians of the seeds' medians. */
export type Figures = {
  rollouts: number;
  rollbackRate: number;
  rollbackInterval: [number, number];
  /** The highest upper 95 % limit of any seed. */
  highestLimit: number;
  medianMinutes: number | null;
  medianCandidateRequests: number | null;
  klRatio: number | null;
  earlyRate: number;
  promotionRate: number;
  medianPromotionMinutes: number | null;
  openRate: number;
  meanHarm: number;
};

export const figuresOf = ({ bySeed }: Found): Figures => {
  const rollouts = bySeed.reduce((sum, one) => sum + one.rollouts, 0);
  const share = (read: (one: Summary) => number): number =>
    bySeed.reduce((sum, one) => sum + read(one) * one.rollouts, 0) / rollouts;
  const middle = (read: (one: Summary) => number | null): number | null =>
    median(bySeed.map(read).filter((value) => value !== null));
  const rollbackRate = share((one) => one.rollbackRate);
  return {
    rollouts,
    rollbackRate,
    rollbackInterval: wilson(Math.round(rollbackRate * rollouts), rollouts),
    highestLimit: Math.max(...bySeed.map((one) => one.rollbackInterval[1])),
    medianMinutes: middle((one) => one.medianMinutes),
    medianCandidateRequests: middle((one) => one.medianCandidateRequests),
    klRatio: middle((one) => one.klRatio),
    earlyRate: share((one) => one.earlyRate),
    promotionRate: share((one) => one.promotionRate),
    medianPromotionMinutes: middle((one) => one.medianPromotionMinutes),
    openRate: share((one) => one.openRate),
    meanHarm: share((one) => one.meanHarm),
  };
};
