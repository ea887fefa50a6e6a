import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OwnEvent } from '../../schemas/own-event.ts';
import type { OwnMetric } from '../../schemas/own-metric.ts';
import { createIdSigner } from './exchange-id.ts';
import { parseFeedback, readFeedback, type Speaker } from './feedback.ts';

const KEY = Buffer.alloc(32, 7);
const CLAIMS = {
  agent: 'support',
  rollout: 'tone#4',
  routingSequence: 4,
  version: 'v2',
  arm: 'short',
  evidence: true,
  subjectBucket: 3,
  caller: 5,
  timeMs: 1_700_000_000_000,
};
const ID = createIdSigner(KEY, randomBytes)(CLAIMS, 0);
const METRICS: OwnMetric[] = [
  { name: 'resolved', family: 'rate', better: 'higher', min: 0, max: 1 },
  { name: 'csat', family: 'score', better: 'higher', min: 1, max: 5 },
  { name: 'handling_minutes', family: 'number', better: 'lower', min: 0, max: 240 },
];
const EVENTS: OwnEvent[] = [
  { name: 'signup', min: 0, max: 1, perExchange: 1 },
  { name: 'sale', min: 0, max: 500, perExchange: 3 },
  { name: 'revenue', min: -500, max: 500, perExchange: 1 },
];
const VIEW = { metrics: METRICS, events: EVENTS };
const ASKER: Speaker = { roles: new Set(['score']), isAsker: true };
const read = (said: object, speaker = ASKER, view = VIEW) => {
  const parsed = parseFeedback(KEY, JSON.stringify({ exchange_id: ID, ...said }));
  return 'error' in parsed ? parsed : readFeedback(KEY, parsed, speaker, view);
};
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
        { name: 'signup', value: 1, perExchange: 1 },
        { name: 'revenue', value: 49.9, perExchange: 1 },
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

  it('of one metric twice, or of an agent that declares none, are refused', () => {
    const csat = { metric: 'csat', value: 4 };
    expect(read({ scores: [csat, csat] })).toMatchObject({ error: { message: 'scores: score a metric once.' } });
    expect(read({ scores: [csat] }, ASKER, { metrics: [], events: [] })).toMatchObject({
      error: { message: 'scores.0.metric: agent support has no metric csat. Its document declares no metrics.' },
    });
  });
});

describe('who may say what of an exchange', () => {
  const REPORTS = [
    { thumbs: 'up' },
    { rating: 5 },
    { task_success: true },
    { tags: ['kind'] },
    { comment: 'thanks' },
    { events: [{ name: 'signup' }] },
  ];
  const VALUES = [{ scores: [{ metric: 'csat', value: 4 }] }, { labels: [{ metric: 'empathy', value: 1 }] }];
  const speaking = (isAsker: boolean, ...roles: string[]): Speaker => ({ roles: new Set(roles), isAsker });

  it.each(REPORTS)('%j: whoever asked for it, and keys with the role `events`', (said) => {
    expect(read(said, speaking(true))).toHaveProperty('feedback');
    expect(read(said, speaking(false, 'events'))).toHaveProperty('feedback');
    for (const roles of [[], ['score', 'pin', 'subjects', 'operator', 'admin']])
      expect(read(said, speaking(false, ...roles))).toMatchObject({
        error: { status: 403, code: 'not_permitted', message: expect.stringContaining('the role `events`') },
      });
  });

  it.each(VALUES)('%j: keys with the role `score`, whoever asked', (said) => {
    expect(read(said, speaking(false, 'score'))).toHaveProperty('feedback');
    for (const speaker of [speaking(true), speaking(true, 'events')])
      expect(read(said, speaker)).toMatchObject({
        error: { status: 403, message: expect.stringContaining('the role `score`') },
      });
  });

  it('of both at once: who may both; null is not said', () => {
    const both = { ...VALUES[0], thumbs: 'up' };
    expect(read(both, speaking(false, 'score'))).toMatchObject({ error: { status: 403 } });
    expect(read(both, speaking(false, 'score', 'events'))).toHaveProperty('feedback');
    expect(read({ ...VALUES[0], thumbs: null, events: null }, speaking(false, 'score'))).toHaveProperty('feedback');
    expect(read({ thumbs: 'up', labels: null }, speaking(true))).toHaveProperty('feedback');
  });
});

describe('the events that an agent declares', () => {
  it.each([
    [
      [{ name: 'revenu' }],
      'events.0.name',
      'events.0.name: agent support has no event revenu; did you mean revenue? Its document declares signup, sale, revenue.',
    ],
    [[{ name: 'signup' }, { name: 'invented' }], 'events.1.name', /no event invented\. Its document/],
    [[{ name: 'event_sale', value: 1 }], 'events.0.name', /no event event_sale/],
    [[{ name: 'signup', value: 2 }], 'events.0.value', 'events.0.value: signup goes from 0 to 1.'],
    [[{ name: 'signup', value: -1 }], 'events.0.value', /from 0 to 1/],
    [[{ name: 'revenue', value: 500.01 }], 'events.0.value', /revenue goes from -500 to 500/],
    [[{ name: 'signup' }, { name: 'signup' }], 'events.1', 'events.1: of one exchange signup counts once.'],
    [Array.from({ length: 4 }, () => ({ name: 'sale' })), 'events.3', /sale counts 3 times/],
    [[{ name: 'signup', perExchange: 9 }], 'events.0', /perExchange/],
  ])('are all that it may be told of: %j is refused', (events, param, message) => {
    const { error } = read({ events }) as { error: { status: number; param: string | null; message: string } };
    expect(error).toMatchObject({ status: 400, param });
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('say with each record how many of them count', () => {
    expect(feedbackOf({ events: [{ name: 'sale', value: 20 }, { name: 'sale' }] }).events).toEqual([
      { name: 'sale', value: 20, perExchange: 3 },
      { name: 'sale', value: 1, perExchange: 3 },
    ]);
  });

  it('may be none', () => {
    expect(read({ events: [{ name: 'sale' }] }, ASKER, { metrics: [], events: [] })).toMatchObject({
      error: { message: 'events.0.name: agent support has no event sale. Its document declares no events.' },
    });
  });
});
