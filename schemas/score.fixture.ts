import type { Score, ScoreSheet } from './score.ts';

/** What may be said of a sheet with one score: fields of the sheet, and of the score. */
export type OneScore = Partial<Omit<ScoreSheet, 'scores'> & Score>;

const score: Score = {
  metric: 'empathy',
  scorer: 'lexicon',
  scorerVersion: '1',
  scorerFamily: '',
  status: 'scored',
  value: 0.75,
  liveValue: null,
  delta: null,
  reason: '',
  costUsd: 0,
  notApplicableTo: '',
};

const sheet: ScoreSheet = {
  sheetId: 's1',
  finder: 'lexicon',
  exchangeId: 'e1',
  shadowId: null,
  kind: 'live',
  agent: 'support',
  rollout: 'r1',
  routingSequence: 3,
  version: 'v1',
  arm: 'stable',
  evidence: true,
  subjectBucket: 4,
  slices: {},
  share: 1,
  leftOut: false,
  modelShare: null,
  modelsLeftOut: false,
  uncaptured: false,
  scores: [],
  exchangeAtMs: 1,
  scoredAtMs: 2,
};

const isOfScore = ([name]: [string, unknown]): boolean => Object.hasOwn(score, name);

/** A sheet with one score. */
export const sheetWith = (over: OneScore = {}): ScoreSheet => {
  const given = Object.entries(over);
  const ofScore = Object.fromEntries(given.filter(isOfScore));
  const ofSheet = Object.fromEntries(given.filter((entry) => !isOfScore(entry)));
  return { ...sheet, ...ofSheet, scores: [{ ...score, ...ofScore }] };
};
