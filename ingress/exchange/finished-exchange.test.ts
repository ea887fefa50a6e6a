import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../schemas/exchange.ts';
import { BodyCapture } from './body-capture.ts';
import { entryOf } from './capture.fixture.ts';
import { underPolicy } from './capture-policy.ts';
import { finishedExchange } from './finished-exchange.ts';
import type { ExchangeEntry } from './journal-record.ts';
import { eventOf } from '../journal/publishing.ts';

const KEY = Buffer.alloc(32, 7);
const finished = ({ head, bodies }: ExchangeEntry): Exchange => finishedExchange(head, bodies, 9);
const said = (content: string): string => JSON.stringify({ messages: [{ role: 'user', content }] });

describe('a finished exchange', () => {
  it('is without personal data if its record does not say how it was captured', () => {
    const exchange = finished(entryOf(said('I am jane@example.com'), said('hello jane@example.com')));
    expect(JSON.stringify(exchange)).not.toContain('jane');
    expect(exchange.requestBody).toMatchObject({ state: 'redacted', text: said('I am [EMAIL]'), sha256: '' });
  });

  it('says where its texts stand, under every policy; a record from before that says nothing', () => {
    const pointers = { requestPath: '/question', answerPath: '/reply' };
    for (const capture of ['full', 'redacted', 'hash', 'none'] as const)
      expect(finished(entryOf('{}', '{}', { capture, ...pointers }))).toMatchObject(pointers);
    expect(finished(entryOf('{}', '{}'))).toMatchObject({ requestPath: '', answerPath: '' });
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

  it('prices what the upstream had in its cache by a price of its own', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 2 } };
    const answer = JSON.stringify({ choices: [], usage });
    expect(finished(entryOf('{}', answer, { cachedPromptUsdPerMillion: 500 }))).toMatchObject({ costUsd: 0.01 });
    expect(finished(entryOf('{}', answer, { cachedPromptUsdPerMillion: null }))).toMatchObject({ costUsd: 0.011 });
    expect(finished(entryOf('{}', answer, { cachedPromptUsdPerMillion: 500 }))).not.toHaveProperty(
      'cachedPromptUsdPerMillion',
    );
  });

  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['a web page', '<html></html>'],
    ['a document of another kind', '{"choices":[]}'],
    ['half a document', '{"choices":[{"message"'],
    ['bytes that are no text', Buffer.alloc(100, 0xff)],
  ])('has failed where its good status came with %s, on a path that promises an answer', (_, answer) => {
    const of = (path: string) => {
      const entry = entryOf('{}', answer.toString('latin1'), { path });
      return finished({ ...entry, bodies: [entry.bodies[0], Buffer.from(answer), entry.bodies[2]] }).outcome;
    };
    for (const path of ['/v1/chat/completions', '/v1/responses?api-version=1', '/v1/embeddings'])
      expect(['upstream_error', 'truncated']).toContain(of(path));
    for (const path of ['/agents/helpdesk/answer', '/agents/support/v1/chat/completions']) expect(of(path)).toBe('ok');
  });

  it('kept only by its end is what that end says, and else went well', () => {
    const of = (kept: string, end: string, contentType = 'text/event-stream') => {
      const { kind, head, bodies } = entryOf('{}', kept);
      const response = { ...head.response, truncated: true, sizeBytes: 1_000_000, contentType };
      return finished({ kind, head: { ...head, response }, bodies: [bodies[0], bodies[1], Buffer.from(end)] });
    };
    const chunk = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
    const usage = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}';
    expect(of(chunk, `b"}}]}\n\ndata: ${usage}\n\ndata: [DONE]\n\n`)).toMatchObject({ outcome: 'ok', costUsd: 0.011 });
    expect(of(chunk, 'b"}}]}\n\ndata: {"error":{"message":"down"}}\n\n')).toMatchObject({ outcome: 'truncated' });
    expect(of('{"choices":[{"message":{"content":"a', `b"}}],${usage.slice(1)}`, 'application/json')).toMatchObject({
      outcome: 'ok',
      costUsd: 0.011,
    });
  });

  it.each(['full', 'redacted', 'hash', 'none'] as const)(
    'by %s, knows what a stream told at its start and at its end, however much came between them',
    (mode) => {
      const finishedOf = (capture: BodyCapture) => {
        const { kind, head, bodies } = entryOf('{}', '', { path: '/agents/support/v1/messages' });
        const { bytes, tail, ...kept } = capture.kept();
        const response = { contentType: 'text/event-stream', ...kept };
        return finished(
          underPolicy({ kind, head: { ...head, response }, bodies: [bodies[0], bytes, tail] }, mode, KEY),
        );
      };
      const event = (data: { type: string }) => Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
      const usage = { input_tokens: 100, cache_read_input_tokens: 900, output_tokens: 1 };
      const start = { type: 'message_start', message: { usage } };
      const delta = { type: 'content_block_delta', delta: { type: 'text_delta', text: 'and again '.repeat(20) } };
      const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 90 } };
      const capture = new BodyCapture(1_000);
      capture.add(event(start), true);
      for (let i = 0; i < 100; i += 1) capture.add(event(delta), true);
      capture.add(event(end), true);
      const counted = { promptTokens: 1_000, completionTokens: 90, costUsd: 1.18, outcome: 'ok' };
      expect(finishedOf(capture)).toMatchObject(counted);
      // What can't be read further has no end, so that what came last is none.
      capture.cut();
      expect(finishedOf(capture)).toMatchObject({ promptTokens: 1_000, completionTokens: null, costUsd: null });
    },
  );

  it.each([true, false])(
    'knows the usage of an answer with bytes in it that are no text; too long to keep: %s',
    (isLong) => {
      const { kind, head, bodies } = entryOf('{}', '');
      const capture = new BodyCapture(isLong ? 1_000 : 1_000_000);
      const chunk = 'data: {"choices":[{"index":0,"delta":{"content":"\xff"},"finish_reason":"stop"}]}\n\n';
      capture.add(Buffer.from(chunk.repeat(300), 'latin1'), true);
      const usage = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}';
      capture.add(Buffer.from(`data: ${usage}\n\ndata: [DONE]\n\n`), true);
      const { bytes, tail, ...kept } = capture.kept();
      const response = { contentType: 'text/event-stream', ...kept };
      const exchange = finished({ kind, head: { ...head, response }, bodies: [bodies[0], bytes, tail] });
      expect(exchange).toMatchObject({ outcome: 'ok', costUsd: 0.011, responseBody: { state: 'hashed' } });
    },
  );

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
      scores: [],
      comment: 'wrong, call me: +49 30 901820',
    };
    expect(eventOf({ kind: 'feedback', head, timeMs: 5 }, 5)).toMatchObject({
      event: { tags: ['slow', '[EMAIL]'], comment: 'wrong, call me: [PHONE]', thumbs: 'down', receivedAtMs: 5 },
    });
  });
});

describe('how a request is read for personal data', () => {
  const ask = (path: string, contentType: string, text: string) => {
    const entry = entryOf(text, '{}', { path });
    const request = { ...entry.head.request, contentType };
    return finishedExchange({ ...entry.head, request }, entry.bodies, 1).requestBody;
  };
  const text = '{"messages":[{"role":"user","content":"a=+49 30 1234567 and\\nx@example.com"}]}';

  it('goes by the route, whatever the client calls it', () => {
    const asJson = ask('/v1/chat/completions', 'application/json', text);
    expect(asJson).toMatchObject({ state: 'redacted', text: expect.stringContaining('[EMAIL]') });
    for (const contentType of ['text/event-stream', 'application/x-www-form-urlencoded', 'application/x-ndjson', ''])
      expect(ask('/v1/chat/completions', contentType, text)).toEqual({ ...asJson, contentType });
  });

  it('ends where it would be too dear: of such a body the record tells its size and type alone', () => {
    const dear = `{"input":"${'0301 12345; '.repeat(20_000)}"}`;
    const left = ask('/v1/chat/completions', 'application/json', dear);
    expect(left).toEqual({
      state: 'hashed',
      text: '',
      sha256: '',
      contentType: 'application/json',
      sizeBytes: dear.length,
    });
  });
});
