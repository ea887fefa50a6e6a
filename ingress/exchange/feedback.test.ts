import { describe, expect, it } from 'vitest';
import { signExchangeId } from './exchange-id.ts';
import { readFeedback } from './feedback.ts';

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
const read = (said: object) => readFeedback(KEY, JSON.stringify({ exchange_id: ID, ...said }));
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
  const FIELDS = ['thumbs', 'rating', 'task_success', 'tags', 'comment', 'labels', 'events'];
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
