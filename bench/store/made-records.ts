import type { FoldedShadow } from '../../controller/store/folded-shadow.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { MICRO, noValues, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { exchangeAt } from '../pipeline/exchanges.ts';
import { supportCalls } from '../pipeline/support-calls.ts';

/** What a store is filled with, record by record; the same for the same seed. */

export const METRICS = [
  'task_success',
  'tool_validity',
  'json_validity',
  'refusal',
  'empathy',
  'hallucination',
  'toxicity',
  'relevance',
  'faithfulness',
  'language_match',
] as const;

const ROLLOUT_EVERY = 20_000;

/** A number from 0 to 1 that follows from two others (a multiplicative hash, twice). */
const draw = (i: number, salt: number): number => {
  const mixed = Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(salt + 7, 0x85ebca6b), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
};

/** Of an exchange a sheet with ten scores; of each tenth also a shadow with its sheet. */
export const makeRecords = (seed: number, startMs: number, stepMs: number) => {
  const calls = supportCalls(seed);
  const exchange = (i: number): Exchange => {
    const route = { name: 'support', rollout: `support-v2#${1 + Math.floor(i / ROLLOUT_EVERY)}`, routingSequence: 3 };
    return exchangeAt(calls, route, { i, finishedAtMs: startMs + i * stepMs, labels: 2 });
  };
  const sheet = (of: Exchange, i: number, shadowId: string | null): ScoreSheet => ({
    sheetId: `sheet ${i} ${shadowId}`,
    finder: 'rules',
    exchangeId: of.exchangeId,
    shadowId,
    kind: shadowId === null ? 'live' : 'shadow',
    agent: of.agent,
    rollout: of.rollout,
    routingSequence: of.routingSequence,
    version: shadowId === null ? of.servedVersion : 'v2',
    arm: shadowId === null ? of.assignedArm : 'candidate',
    evidence: true,
    subjectBucket: of.subjectBucket,
    slices: of.slices,
    share: 1,
    leftOut: false,
    modelShare: null,
    modelsLeftOut: false,
    uncaptured: false,
    exchangeAtMs: of.finishedAtMs,
    scoredAtMs: of.finishedAtMs + 500,
    scores: METRICS.map((metric, k) => {
      const value = draw(i + seed, k);
      const liveValue = shadowId === null ? null : draw(i + seed, k + 50);
      return {
        metric,
        scorer: 'rules',
        scorerVersion: '1',
        scorerFamily: '',
        status: 'scored',
        value,
        liveValue,
        delta: liveValue === null ? null : value - liveValue,
        reason: '',
        costUsd: 0,
        notApplicableTo: '',
      };
    }),
  });
  const shadow = (of: Exchange, i: number): FoldedShadow => ({
    shadowId: `shadow ${i}`,
    kind: 'shadow',
    version: 'v2',
    arm: 'candidate',
    status: of.status,
    outcome: of.outcome,
    latencyMs: of.latencyMs,
    firstByteMs: of.firstByteMs,
    responseBody: of.responseBody,
    promptTokens: of.promptTokens,
    completionTokens: of.completionTokens,
    costUsd: of.costUsd,
    rounds: 1,
    differences: [],
    similarity: 0.5,
    replayedAtMs: of.finishedAtMs + 300,
    exchange: of,
  });
  /** A minute of latency of an arm, with its sketch. */
  const window = (i: number, arm: 'stable' | 'candidate'): WindowRow => {
    const bins = Array.from({ length: 60 }, (_, k) => ({
      index: binIndex(0.1) + k,
      count: 1 + Math.floor(10 * draw(i, k)),
    }));
    const count = bins.reduce((sum, bin) => sum + bin.count, 0);
    return {
      ...noValues(),
      agent: 'support',
      rollout: `support-v2#1`,
      routingSequence: 3,
      version: arm === 'stable' ? 'v1' : 'v2',
      arm,
      kind: 'live',
      metric: 'latency',
      slice: ALL,
      startMs: startMs + i * 60_000,
      endMs: startMs + (i + 1) * 60_000,
      sourceTopic: 'coalmine.exchanges',
      count,
      sumMicro: count * 0.2 * MICRO,
      bins,
    };
  };
  return { exchange, sheet, shadow, window };
};
