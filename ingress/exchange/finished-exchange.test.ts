import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../schemas/exchange.ts';
import { entryOf } from './capture.fixture.ts';
import { finishedExchange } from './finished-exchange.ts';
import type { ExchangeEntry } from './journal-record.ts';
import { eventOf } from '../journal/publishing.ts';

const finished = ({ head, bodies }: ExchangeEntry): Exchange => finishedExchange(head, bodies, 9);
const said = (content: string): string => JSON.stringify({ messages: [{ role: 'user', content }] });

describe('a finished exchange', () => {
  it('is without personal data if its record does not say how it was captured', () => {
    const exchange = finished(entryOf(said('I am jane@example.com'), said('hello jane@example.com')));
    expect(JSON.stringify(exchange)).not.toContain('jane');
    expect(exchange.requestBody).toMatchObject({ state: 'redacted', text: said('I am [EMAIL]'), sha256: '' });
  });

  it('is as it came if its policy is to keep everything', () => {
    const entry = entryOf(said('I am jane@example.com'), '{}', {
      capture: 'full',
      path: '/x?m=jane@example.com',
      metadata: { m: 'jane@example.com' },
    });
    const exchange = finished(entry);
    expect(exchange.requestBody.text).toContain('jane@example.com');
    expect(exchange).toMatchObject({ path: '/x?m=jane@example.com', metadata: { m: 'jane@example.com' } });
  });

  it('keeps text, state and hash of a body in which nothing personal was found', () => {
    const text = said('where is my order 10024578?');
    const { requestBody } = finished(entryOf(text, '{}', { capture: 'redacted' }));
    expect(requestBody).toMatchObject({ state: 'full', text, sha256: hash('sha256', text) });
  });

  it('leaves no personal data in path, query and metadata', () => {
    const exchange = finished(
      entryOf('{}', '{}', {
        path: '/agents/a/users/jane%40example.com?card=4111+1111+1111+1111&n=1',
        metadata: { mail: 'jane@example.com', tenant: 'acme' },
      }),
    );
    expect(exchange.path).toBe('/agents/a/users/[EMAIL]?card=[CARD]&n=1');
    expect(exchange.metadata).toEqual({ mail: '[EMAIL]', tenant: 'acme' });
  });

  it('reads usage before it takes anything out', () => {
    const answer = JSON.stringify({ mail: 'jane@example.com', usage: { prompt_tokens: 3, completion_tokens: 4 } });
    expect(finished(entryOf('{}', answer))).toMatchObject({ promptTokens: 3, completionTokens: 4, costUsd: 0.011 });
  });

  it('of a shortened body takes out what is whole and what was cut, and it stays shortened', () => {
    const entry = entryOf('{"a":"jane@example.com and john@exam', '{}');
    const request = { ...entry.head.request, truncated: true, sha256: 'f'.repeat(64), sizeBytes: 1_000_000 };
    const { requestBody } = finished({ ...entry, head: { ...entry.head, request } });
    expect(requestBody).toMatchObject({
      state: 'truncated',
      text: '{"a":"[EMAIL] and [CUT]',
      sha256: '',
      sizeBytes: 1_000_000,
    });
  });

  it('of feedback keeps the words but for personal data, whatever else was said', () => {
    const head = {
      feedbackId: 'f',
      exchangeId: 'x',
      agent: 'a',
      rollout: '',
      routingSequence: 1,
      version: 'v',
      arm: 'stable',
      evidence: true,
      subjectBucket: 1,
      thumbs: 'down' as const,
      rating: null,
      taskSuccess: null,
      exchangeAtMs: 1,
      tags: ['slow', 'jane@example.com'],
      labels: [],
      events: [],
      comment: 'wrong, call me: +49 30 901820',
    };
    expect(eventOf({ kind: 'feedback', head, timeMs: 5 })).toMatchObject({
      event: { tags: ['slow', '[EMAIL]'], comment: 'wrong, call me: [PHONE]', thumbs: 'down', receivedAtMs: 5 },
    });
  });
});
