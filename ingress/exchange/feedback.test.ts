import { describe, expect, it } from 'vitest';
import type { OwnMetric } from '../../schemas/own-metric.ts';
import { signExchangeId } from './exchange-id.ts';
import { readFeedback, type Scoring } from './feedback.ts';

const KEY = Buffer.alloc(32, 7);
const ID = signExchangeId(KEY, {
  agent: 'support',
  rollout: 'tone#4',
  routingSequence: 4,
  version: 'v2',
  arm: 'short',
  evidence: true,
  subjectBucket: 3,
  timeMs: 1_700_000_000_000,
  nonce: 'n1',
});
const METRICS: OwnMetric[] = [
  { name: 'resolved', family: 'rate', better: 'higher', min: 0, max: 1 },
  { name: 'csat', family: 'score', better: 'higher', min: 1, max: 5 },
  { name: 'handling_minutes', family: 'number', better: 'lower', min: 0, max: 240 },
];
const scoring: Scoring = { mayScore: () => true, metricsOf: (agent) => (agent === 'support' ? METRICS : []) };
const read = (said: object, by = scoring) => readFeedback(KEY, JSON.stringify({ exchange_id: ID, ...said }), by);
const feedbackOf = (said: object) => {
  const read_ = read(said);
  if ('error' in read_) throw new Error(read_.error.message);
  return read_.feedback;
};

describe('events in feedback', () => {
  it('are recorded with the arm that answered, and count 1 unless they say more', () => {
    expect(feedbackOf({ events: [{ name: 'signup' }, { name: 'revenue', value: 49.9 }] })).toMatchObject({
      arm: 'short',
      routingSequence: 4,
      thumbs: null,
      events: [
        { name: 'signup', value: 1 },
        { name: 'revenue', value: 49.9 },
      ],
    });
  });

  it('said twice are said once, and said differently are something else', () => {
    const sale = { events: [{ name: 'sale', value: 5 }] };
    const id = feedbackOf(sale).feedbackId;
    expect(feedbackOf(sale).feedbackId).toBe(id);
    expect(feedbackOf({ events: [{ name: 'sale', value: 6 }] }).feedbackId).not.toBe(id);
    expect(feedbackOf({ ...sale, tags: ['order 2'] }).feedbackId).not.toBe(id);
    expect(feedbackOf({ events: [{ name: 'signup' }] }).feedbackId).toBe(
      feedbackOf({ events: [{ name: 'signup', value: 1 }] }).feedbackId,
    );
  });

  it.each([
    [{ events: [{ name: 'Sale' }] }, 'events.0.name', /lower-case letters/],
    [{ events: [{ name: `a${'b'.repeat(48)}` }] }, 'events.0.name', /at most 48/],
    [{ events: [{ name: 'sale', value: 2e6 }] }, 'events.0.value', /1000000/],
    [{ events: [{ name: 'sale', value: '5' }] }, 'events.0.value', /number/],
    [{ events: [{ name: 'sale', amount: 5 }] }, 'events.0', /amount/],
    [{ events: Array.from({ length: 17 }, () => ({ name: 'sale' })) }, 'events', /16/],
    [{ events: [] }, 'events', /at least one|>=1/],
  ])('%j are refused, and the answer says where', (said, param, message) => {
    const { error } = read(said) as { error: { param: string | null; message: string } };
    expect(error).toMatchObject({ param });
    expect(error.message).toMatch(message);
  });
});

describe('null in feedback', () => {
  const FIELDS = ['thumbs', 'rating', 'task_success', 'tags', 'comment', 'labels', 'events', 'scores'];
  const nulls = Object.fromEntries(FIELDS.map((field) => [field, null]));

  it.each(FIELDS)('stands for what is not given: %s', (field) => {
    const said = field === 'thumbs' ? { rating: 4 } : { thumbs: 'up' };
    expect(feedbackOf({ ...said, [field]: null })).toEqual(feedbackOf(said));
    expect(feedbackOf({ ...nulls, ...said })).toEqual(feedbackOf(said));
  });

  it('of an event’s value is its default', () => {
    expect(feedbackOf({ events: [{ name: 'sale', value: null }] })).toEqual(feedbackOf({ events: [{ name: 'sale' }] }));
  });

  it.each([[nulls], [{ thumbs: null }], [{}]])('alone says nothing, and is refused: %j', (said) => {
    const { error } = read(said) as { error: { status: number; message: string } };
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining('give at least one of thumbs') });
  });

  it('is no exchange id', () => {
    expect(read({ exchange_id: null, thumbs: 'up' })).toMatchObject({ error: { status: 400, param: 'exchange_id' } });
  });
});

describe('labels in feedback', () => {
  it('are recorded as they are given, and said again are the same feedback', () => {
    const said = { labels: [{ metric: 'empathy', value: 1 }] };
    expect(feedbackOf(said)).toMatchObject({ ...said, thumbs: null, version: 'v2' });
    expect(feedbackOf({ labels: [{ value: 1, metric: 'empathy' }] }).feedbackId).toBe(feedbackOf(said).feedbackId);
    expect(feedbackOf({ labels: [{ metric: 'empathy', value: 0 }] }).feedbackId).not.toBe(feedbackOf(said).feedbackId);
  });

  it.each([
    [{ labels: [{ metric: 'Empathy', value: 1 }] }, 'labels.0.metric', /lower-case letters/],
    [{ labels: [{ metric: 'empathy', value: 1.5 }] }, 'labels.0.value', /1/],
    [{ labels: [{ metric: 'empathy', value: 1, by: 'ann' }] }, 'labels.0', /by/],
    [{ labels: Array.from({ length: 17 }, (_, i) => ({ metric: `m${i}`, value: 1 })) }, 'labels', /16/],
    [{ labels: [1, 0].map((value) => ({ metric: 'empathy', value })) }, 'labels', /label a metric once/],
    [{ labels: [] }, 'labels', />=1/],
  ])('%j are refused, and the answer says where', (said, param, message) => {
    const { error } = read(said) as { error: { param: string | null; message: string } };
    expect(error).toMatchObject({ param });
    expect(error.message).toMatch(message);
  });
});

describe('scores in feedback', () => {
  it('are recorded by the name that windows have for them, on the scale on which they are summed', () => {
    const scores = [
      { metric: 'resolved', value: true },
      { metric: 'csat', value: 4 },
      { metric: 'handling_minutes', value: 12.5 },
    ];
    expect(feedbackOf({ scores })).toMatchObject({
      version: 'v2',
      scores: [
        { metric: 'resolved:rate:higher', value: 1 },
        { metric: 'csat:score:higher', value: 0.75 },
        { metric: 'handling_minutes:number:lower', value: 12.5 },
      ],
    });
  });

  it('said twice are said once; feedback without any keeps the id that it had before there were scores', () => {
    const one = { scores: [{ metric: 'csat', value: 4 }] };
    expect(feedbackOf(one).feedbackId).toBe(feedbackOf(one).feedbackId);
    expect(feedbackOf({ scores: [{ metric: 'csat', value: 5 }] }).feedbackId).not.toBe(feedbackOf(one).feedbackId);
    expect(feedbackOf({ thumbs: 'up' }).feedbackId).toBe(feedbackOf({ thumbs: 'up', scores: null }).feedbackId);
    expect(feedbackOf({ thumbs: 'up' })).toMatchObject({ scores: [] });
  });

  it('are for keys with the role for it; all else of feedback is for every caller', () => {
    const by = { ...scoring, mayScore: () => false };
    expect(read({ scores: [{ metric: 'csat', value: 4 }] }, by)).toMatchObject({
      error: { status: 403, message: expect.stringContaining('the role `score`') },
    });
    expect(read({ thumbs: 'up' }, by)).toHaveProperty('feedback');
  });

  it.each([
    [
      { metric: 'resolvde', value: 1 },
      'scores.0.metric',
      /no metric resolvde; did you mean resolved\? .* declares resolved, csat/,
    ],
    [{ metric: 'error_rate', value: 0 }, 'scores.0.metric', /no metric error_rate/],
    [{ metric: 'csat:score:higher', value: 4 }, 'scores.0.metric', /no metric csat:score:higher/],
    [{ metric: 'csat', value: 6 }, 'scores.0.value', /csat goes from 1 to 5/],
    [{ metric: 'csat', value: true }, 'scores.0.value', /a number from 1 to 5/],
    [{ metric: 'csat', value: '4' }, 'scores.0.value', /./],
    [{ metric: 'resolved', value: 0.5 }, 'scores.0.value', /true or false/],
    [{ metric: 'handling_minutes', value: -1 }, 'scores.0.value', /from 0 to 240/],
    [{ metric: 'csat', value: 4, by: 'ann' }, 'scores.0', /by/],
  ])('%j is refused, and the answer says where', (score, param, message) => {
    const { error } = read({ scores: [score] }) as { error: { param: string | null; message: string } };
    expect(error).toMatchObject({ param });
    expect(error.message).toMatch(message);
  });

  it('of an agent that is not known just now are asked for again later, not refused for good', () => {
    const by = { ...scoring, metricsOf: () => undefined };
    expect(read({ scores: [{ metric: 'csat', value: 4 }] }, by)).toMatchObject({
      error: { status: 503, code: 'not_ready' },
    });
    expect(read({ thumbs: 'up' }, by)).toHaveProperty('feedback');
  });

  it('of one metric twice, or of an agent that declares none, are refused', () => {
    const csat = { metric: 'csat', value: 4 };
    expect(read({ scores: [csat, csat] })).toMatchObject({ error: { message: 'scores: score a metric once.' } });
    expect(read({ scores: [csat] }, { ...scoring, metricsOf: () => [] })).toMatchObject({
      error: { message: 'scores.0.metric: agent support has no metric csat. Its document declares no metrics.' },
    });
  });
});
