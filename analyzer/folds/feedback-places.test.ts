import { describe, expect, it } from 'vitest';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import { MAX_DECLARED_EVENTS } from '../../schemas/own-event.ts';
import { FEEDBACK_INPUT } from '../rows/inputs.ts';
import { emptyIdMemory, knownIds } from './id-memory.ts';
import { event, foldAll, paramsOf, rowsOf, tick } from './partition-fold.fixture.ts';
import { foldRecord, initialState } from './partition-fold.ts';
import { packState, unpackState } from './partition-state.ts';
import { unaccounted } from './record-counts.ts';
import { sampleFeedback, START_MS } from './sample-log.fixture.ts';

const params = paramsOf(FEEDBACK_INPUT);
const DAY = 86_400_000;

/** The records of one ingress, numbered as they come. */
const ingress = () => {
  let count = 0;
  return {
    said: (atMs: number, over: Partial<Feedback>) => {
      count += 1;
      const feedback = { feedbackId: `f${count}`, receivedAtMs: START_MS + atMs, ...over };
      return event('i', count, atMs, sampleFeedback(feedback));
    },
    ticked: (atMs: number) => tick('i', count, atMs),
  };
};
const bought = (value = 1, perExchange = 1): Feedback['events'][number] => ({ name: 'purchase', value, perExchange });
const told = (outputs: Parameters<typeof rowsOf>[0]): string[] =>
  rowsOf(outputs).map((row) => `${row.arm} ${row.metric} ${row.count} ${row.sumMicro / 1e6}`);

describe('one client that reports of twenty exchanges, one a subject bucket, again and again under other tags', () => {
  const rounds = 50;
  const play = (round: number) =>
    Array.from({ length: SUBJECT_BUCKETS }, (_, bucket): Partial<Feedback> => ({
      exchangeId: `x${bucket}`,
      subjectBucket: bucket,
      tags: [`order ${round}`],
      thumbs: 'up',
      taskSuccess: true,
      events: [bought()],
      scores: [{ metric: 'csat:score:higher', value: 1 }],
    }));

  it('has one vote for each exchange and metric, however often and in however many windows', () => {
    const { said, ticked } = ingress();
    const log = Array.from({ length: rounds }, (_, round) =>
      play(round).map((each) => said(100 + round * 60_000, each)),
    );
    const { state, outputs } = foldAll(params, [...log.flat(), ticked(rounds * 60_000 + 20_000)]);
    expect(told(outputs).sort()).toEqual([
      'stable csat:score:higher 20 20',
      'stable event_purchase 20 20',
      'stable reported_success 20 20',
      'stable thumbs_down 20 0',
    ]);
    expect(state.counts).toMatchObject({ folded: 20, duplicates: 20 * (rounds - 1) });
    expect(unaccounted(state.counts)).toBe(0);
    expect(knownIds(state.ids)).toBe(20 * 4);
  });

  it('has no other one hours or days later, nor across a restart, and after a week none', () => {
    const { said, ticked } = ingress();
    const log = [100, 2.5 * 3_600_000, DAY, 3 * DAY, 7 * DAY - 60_000, 7 * DAY + 60_000].flatMap((atMs) => [
      ticked(atMs),
      ...play(atMs).map((each) => said(atMs, each)),
      ticked(atMs + 20_000),
    ]);
    const { state, outputs } = foldAll(params, log);
    expect(told(outputs).filter((row) => row.includes('purchase'))).toEqual(['stable event_purchase 20 20']);
    expect(state.counts).toMatchObject({ folded: 20, duplicates: 80, ignored: { too_late: 20 } });
    let restarted = initialState(params.outPartitions, FEEDBACK_INPUT.rememberMs);
    for (const [offset, record] of log.entries()) {
      foldRecord(params, restarted, offset, record);
      restarted = unpackState(params, packState(params, restarted))!;
    }
    expect(packState(params, restarted)).toBe(packState(params, state));
  });

  it('takes no other row’s place by invented names, which only a writer without a front door could record', () => {
    const { said, ticked } = ingress();
    const invented = Array.from({ length: 200 }, (_, i) =>
      said(100, {
        exchangeId: `y${i}`,
        arm: 'short',
        events: Array.from({ length: 16 }, (_, k) => ({ name: `n${i}_${k}`, value: 1, perExchange: 1 })),
      }),
    );
    const honest = said(200, { exchangeId: 'z', events: [bought()], thumbs: 'up' });
    const { outputs } = foldAll(params, [...invented, honest, ticked(20_000)]);
    expect(rowsOf(outputs).filter(({ arm }) => arm === 'short')).toHaveLength(2 * MAX_DECLARED_EVENTS);
    expect(told(outputs)).toEqual(expect.arrayContaining(['stable event_purchase 1 1', 'stable thumbs_down 1 0']));
  });
});

describe('an event of which several count', () => {
  it('counts the first so many of an exchange, in one report or in several', () => {
    const { said, ticked } = ingress();
    const { state, outputs } = foldAll(params, [
      said(100, { events: [bought(5, 3), bought(7, 3)] }),
      said(200, { events: [bought(11, 3)] }),
      said(300, { events: [bought(13, 3)] }),
      said(400, { exchangeId: 'e2', events: [bought(17, 3)] }),
      ticked(20_000),
    ]);
    expect(told(outputs)).toEqual(['stable event_purchase 4 40']);
    expect(state.counts).toMatchObject({ folded: 3, duplicates: 1 });
  });

  it('takes no second place when the same report stands in the log again under another number', () => {
    const { said, ticked } = ingress();
    const { state, outputs } = foldAll(params, [
      said(100, { feedbackId: 'a', events: [bought(5, 3)] }),
      said(200, { feedbackId: 'b', events: [bought(5, 3)] }),
      said(300, { feedbackId: 'a', events: [bought(5, 3)] }),
      said(400, { feedbackId: 'b', events: [bought(5, 3)] }),
      ticked(20_000),
    ]);
    expect(told(outputs)).toEqual(['stable event_purchase 2 10']);
    expect(state.counts).toMatchObject({ folded: 2, duplicates: 2 });
  });

  it('gets no place more by a document that allows more, for what was counted before', () => {
    const { said, ticked } = ingress();
    const { outputs } = foldAll(params, [
      said(100, { events: [bought(5)] }),
      said(200, { events: [bought(7, 2)] }),
      said(300, { events: [bought(9, 2)] }),
      ticked(20_000),
    ]);
    expect(told(outputs)).toEqual(['stable event_purchase 2 12']);
  });
});

it('what a repeat said is counted with what it says for the first time, and a late or useless one takes no place', () => {
  const { said, ticked } = ingress();
  const { state, outputs } = foldAll(params, [
    said(100, { exchangeId: 'p', events: [bought()], evidence: false }),
    said(30_000, { thumbs: 'down' }),
    ticked(45_000),
    said(5_000, { exchangeId: 'late', thumbs: 'up' }),
    said(46_000, { exchangeId: 'late', thumbs: 'up' }),
    said(47_000, { thumbs: 'up', events: [bought()] }),
    ticked(60_000),
  ]);
  expect(told(outputs)).toEqual(['stable thumbs_down 1 1', 'stable event_purchase 1 1', 'stable thumbs_down 1 0']);
  expect(state.counts).toMatchObject({ late: 1, ignored: { not_evidence: 1 }, folded: 3 });
});

it('where so much is said that votes are forgotten early, what they may have been about counts no more', () => {
  const { said, ticked } = ingress();
  const state = initialState(params.outPartitions, FEEDBACK_INPUT.rememberMs);
  state.ids = emptyIdMemory({ rememberMs: FEEDBACK_INPUT.rememberMs, slotIds: 4, slots: 2, pieceIds: 2 });
  const log = [
    ticked(0),
    said(100, { exchangeId: 'mine', events: [bought()] }),
    ticked(20_000),
    ...Array.from({ length: 12 }, (_, i) =>
      said(20_000, { exchangeId: `flood${i}`, thumbs: 'up', exchangeAtMs: START_MS + 20_000 }),
    ),
    ticked(40_000),
    said(41_000, { exchangeId: 'mine', events: [bought()] }),
  ];
  const outputs = log.flatMap((record, offset) => foldRecord(params, state, offset, record).outputs);
  expect(state.ids.forgottenEarly).toBeGreaterThan(0);
  expect(told(outputs)).toContain('stable event_purchase 1 1');
  expect(state.counts).toMatchObject({ folded: 13, ignored: { too_late: 1 } });
});
