import { expect, it } from 'vitest';
import type { Feedback } from '../../schemas/feedback.ts';
import { FEEDBACK_INPUT } from '../rows/inputs.ts';
import { event, foldAll, paramsOf, rowsOf, tick } from './partition-fold.fixture.ts';
import { unaccounted } from './record-counts.ts';
import { sampleFeedback, START_MS } from './sample-log.fixture.ts';

let count = 0;
/** What was posted of an exchange so long after the start, and after its answer. */
const posted = (exchangeId: string, atMs: number, scores: Feedback['scores'], over: Partial<Feedback> = {}) => {
  count += 1;
  const feedback = sampleFeedback({
    feedbackId: `f${count}`,
    exchangeId,
    scores,
    exchangeAtMs: START_MS + atMs - 1_000,
    receivedAtMs: START_MS + atMs,
    ...over,
  });
  return event('ingress', count, atMs, feedback);
};
const resolved = (value: number) => ({ metric: 'resolved:rate:higher', value });
const params = paramsOf(FEEDBACK_INPUT);

it('posted scores are folded as the metrics that they are: rates by bucket, scores by item, numbers by bin', () => {
  count = 0;
  const { outputs } = foldAll(params, [
    posted('e1', 100, [resolved(0), { metric: 'csat:score:higher', value: 0.75 }]),
    posted('e2', 200, [resolved(1), { metric: 'minutes:number:lower', value: 12.5 }]),
    tick('ingress', 2, 20_000),
  ]);
  const rows = new Map(rowsOf(outputs).map((row) => [row.metric, row]));
  expect([...rows.keys()].sort()).toEqual(['csat:score:higher', 'minutes:number:lower', 'resolved:rate:higher']);
  expect(rows.get('resolved:rate:higher')).toMatchObject({
    count: 2,
    sumMicro: 1_000_000,
    kind: 'live',
    slice: '_all',
  });
  expect(rows.get('resolved:rate:higher')?.buckets[4]).toBe(1);
  expect(rows.get('csat:score:higher')?.items).toMatchObject([{ micro: 750_000 }]);
  expect(rows.get('minutes:number:lower')?.bins).toMatchObject([{ count: 1 }]);
});

it('of an exchange each metric counts once, whoever says it again and whatever else is said with it', () => {
  count = 0;
  const { state, outputs } = foldAll(params, [
    posted('e1', 100, [resolved(1)]),
    posted('e1', 200, [resolved(0)]),
    posted('e1', 300, [resolved(0), { metric: 'csat:score:higher', value: 1 }]),
    posted('e2', 400, [resolved(0)]),
    tick('ingress', 4, 20_000),
  ]);
  const row = rowsOf(outputs).find(({ metric }) => metric === 'resolved:rate:higher');
  expect(row).toMatchObject({ count: 2, sumMicro: 1_000_000 });
  expect(state.counts).toMatchObject({ folded: 3, duplicates: 1 });
  expect(unaccounted(state.counts)).toBe(0);
});
