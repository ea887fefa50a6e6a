import { describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { rolloutView } from '../api/rollout-view.ts';
import { NO_TRAFFIC, stepTraffic } from '../evidence/recent-traffic.ts';
import { observe } from '../verdict/observe.ts';
import { timeOfRun } from '../verdict/time-of-run.ts';
import {
  AB,
  BLUE_GREEN,
  GOOD,
  type Played,
  play,
  rolloutDocument,
  SHADOW,
  started,
  strategyDocument,
  worldOf,
} from './play.fixture.ts';
import type { World } from './traffic.fixture.ts';

const world = (candidate: object = {}, more: Partial<World> = {}): World => worldOf(80, candidate, more);

/** What an operator should not have to read: no value, figures of the machine, unfinished words. */
const UNFIT = /undefined|NaN|null|Infinity|none \(|_all|stage -|\[object|\|| {2}|\.\.|[^.!?]$/;

/** The sentences of all its steps, and of the moment that it stopped at. */
const toldIn = ({ state, decisions, evidence }: Played): string[] => {
  const run = state.run!;
  const seen = observe(run, evidence);
  const live = { evidence: seen.evidence, observation: seen.observation };
  return [...decisions.map((decision) => sentenceOf(decision)), rolloutView(state, run, live, null, 0).sentence];
};

const last = ({ decisions }: Played): Decision => decisions.at(-1)!;
const withShadow = rolloutDocument({ shadow: SHADOW });

describe('the sentences of rollouts as they go', () => {
  it.each([
    ['good, by stages', rolloutDocument({}), world()],
    ['good, with a shadow', withShadow, world()],
    ['failing', rolloutDocument({}), world({ error: 0.2 })],
    ['slow', rolloutDocument({}), world({ latency: 1.2 })],
    ['rude in shadow', withShadow, world({ empathy: 0.2 })],
    ['one category worse', rolloutDocument({}), world({ taskFailure: { ...GOOD.taskFailure, irrelevance: 0.97 } })],
    ['by budget', rolloutDocument({ promotion: 'budget', stages: undefined }), world()],
    ['strategy shadow', rolloutDocument({ strategy: 'shadow', shadow: SHADOW }), world()],
    [
      'by thresholds',
      rolloutDocument({ policy: 'thresholds', thresholds: [{ metric: 'error_rate', maxAbsolute: 0.05 }] }),
      world({ error: 0.3 }),
    ],
    ['no candidate at all', rolloutDocument({ deadline: '60s' }), world({}, { requestsPerWindow: 0 })],
    ['an experiment', strategyDocument({ ...AB, duration: '20s', guardrails: [{ name: 'error_rate' }] }), world()],
    ['a switch', strategyDocument(BLUE_GREEN), world()],
  ])('%s: are whole and plain at every window', (_, document, given) => {
    for (const windows of [0, 1, 3, 8, 20, 120])
      for (const sentence of toldIn(play(document, given, 5, { windows }))) expect(sentence).not.toMatch(UNFIT);
  });

  it('say what was worse, by how much, and how often that is false', () => {
    const slow = play(rolloutDocument({}), world({ latency: 1.2 }), 5);
    expect(sentenceOf(last(slow))).toMatch(
      /^v2 is slower: .* of its \d+ answers.* took longer than 99 % of v1's [\d,]+ \(99th percentile .*s, v1's .*s\)\. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts\. All traffic is on v1 again\.$/,
    );
    const rude = play(withShadow, world({ empathy: 0.2 }), 5);
    expect(last(rude).stage).toBe(-1);
    expect(sentenceOf(last(rude))).toMatch(
      /^v2 is less empathetic: in shadow, of \d+ pairs of answers to the same request, v2's was worse than v1's in \d+ and better in \d+\. .* No user ever saw it\.$/,
    );
    const failing = play(rolloutDocument({}), world({ error: 0.2 }), 5);
    expect(sentenceOf(last(failing))).toMatch(/^v2 fails more often: \d+ of its \d+ requests failed \(\d+ %\), and/);
  });

  it('tell figures that the windows bear out', () => {
    const { decisions } = play(rolloutDocument({}), world({ error: 0.2 }), 5);
    const { evidence } = decisions.at(-1)!;
    const errors = evidence.find(({ metric, slice }) => metric === 'error_rate' && slice === '_all')!;
    const [, failed, requests] = /(\d+) of its (\d+) requests/.exec(sentenceOf(decisions.at(-1)!))!;
    expect(Number(requests)).toBe(errors.candidateCount);
    expect(Number(failed) / Number(requests)).toBeCloseTo(errors.candidateValue!);
  });

  it('name what is still missing for a promotion, how many requests will do, and how long', () => {
    const document = rolloutDocument({ promotion: 'budget', stages: undefined, metrics: [{ name: 'error_rate' }] });
    const promoted = play(document, world(), 5, { windows: 4_000 });
    expect(sentenceOf(last(promoted))).toMatch(/^v2 is good enough: its one metric is proven/);
    const half = play(document, world(), 5, { windows: Math.floor(promoted.windows.length / 4) });
    const { state, evidence } = half;
    const live = { evidence, observation: observe(state.run!, evidence).observation };
    const traffic = half.windows.reduce((sum, { rows }) => stepTraffic(sum, rows), NO_TRAFFIC);
    const had = rolloutView(state, state.run!, live, timeOfRun(state.run!, live, traffic), 0);
    const found = /missing: errors \(evidence [\d.]+, about ([\d,]+) more requests, \d+ minutes?\)/.exec(had.sentence);
    expect(had.sentence).toMatch(/At 4,800 requests a minute it needs about \d+ minutes? more and [\d,]+ requests/);
    const told = Number(found?.[1]?.replaceAll(',', ''));
    const needed = last(promoted).candidateRequests! - had.candidateRequests!;
    expect(told).toBeGreaterThan(needed);
    expect(told).toBeLessThan(needed * 20);
  });

  it('begin at the start', () => {
    expect(sentenceOf(started(withShadow).decisions.at(-1)!)).toBe(
      "v2 begins in shadow: it answers copies of v1's requests, and no user sees it.",
    );
  });
});
