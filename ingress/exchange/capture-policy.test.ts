import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../schemas/exchange.ts';
import type { CaptureMode } from '../../schemas/exchange.ts';
import { BodyCapture } from './body-capture.ts';
import { captureModeOf, underPolicy } from './capture-policy.ts';
import { entryOf } from './capture.fixture.ts';
import { finishedExchange } from './finished-exchange.ts';
import { decodeRecord, RecordBatch } from './journal-record.ts';
import type { Entry, ExchangeEntry } from './journal-record.ts';

const KEY = Buffer.alloc(32, 7);
const MODES: readonly CaptureMode[] = ['full', 'redacted', 'hash', 'none'];
const PLANTED = ['jane@example.com', '4111 1111 1111 1111', 'plain words of a customer'] as const;

const REQUEST = JSON.stringify({ messages: [{ role: 'user', content: `${PLANTED.join(', ')} in the request` }] });
const ANSWER = JSON.stringify({
  choices: [{ message: { content: `${PLANTED.join(', ')} in the answer` } }],
  usage: { prompt_tokens: 10, completion_tokens: 20 },
});
const entry = entryOf(REQUEST, ANSWER, {
  path: `/agents/support/search?q=${PLANTED[2]}&mail=jane@example.com`,
  metadata: { customer: PLANTED[0], tenant: 'acme' },
});

/** Through the journal's bytes, as the publisher gets it. */
const encoded = (captured: Entry): Buffer => {
  const batch = new RecordBatch();
  batch.add(captured, 5);
  return batch.bytes;
};

const published = (captured: ExchangeEntry): Exchange => {
  const decoded = decodeRecord(encoded(captured), 0);
  if ('fault' in decoded || decoded.record.kind !== 'exchange') throw new Error('no exchange in the journal');
  return finishedExchange(decoded.record.head, decoded.record.bodies, decoded.record.timeMs);
};
const hashOf = (captured: ExchangeEntry): string => captured.head.response.sha256;

describe('capture', () => {
  it.each(['hash', 'none'] as const)('by %s, nothing of bodies, metadata and query reaches the journal', (mode) => {
    const withTail: ExchangeEntry = { ...entry, bodies: [entry.bodies[0], entry.bodies[1], Buffer.from(PLANTED[0])] };
    const bytes = encoded(underPolicy(withTail, mode, KEY));
    for (const secret of [...PLANTED, 'customer', 'in the answer']) expect(bytes.includes(secret), secret).toBe(false);
    const plainHashes = [hash('sha256', REQUEST), hash('sha256', ANSWER)];
    for (const sha256 of plainHashes) expect(bytes.includes(sha256)).toBe(false);
    expect(bytes.includes('acme')).toBe(true);
  });

  it.each(MODES)('by %s, tokens, cost and size are told', (mode) => {
    const exchange = published(underPolicy(entry, mode, KEY));
    expect(exchange).toMatchObject({ promptTokens: 10, completionTokens: 20, costUsd: 0.05, outcome: 'ok' });
    expect(exchange.responseBody).toMatchObject({ sizeBytes: ANSWER.length, contentType: 'application/json' });
    expect(exchange.capture).toBe(mode);
    expect(exchange).not.toHaveProperty('usage');
  });

  it.each(MODES)('by %s, an error in the words of the answer is told', (mode) => {
    const failed = entryOf('{}', '{"error":{"message":"overloaded"}}');
    expect(published(underPolicy(failed, mode, KEY)).outcome).toBe('upstream_error');
  });

  it.each(MODES)('by %s, usage and error are read from the end of an answer that was too long to keep', (mode) => {
    const text = `{"choices":[{"message":{"content":"${'a'.repeat(5_000)}"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`;
    const capture = new BodyCapture(1_000);
    capture.add(Buffer.from(text), true);
    const { bytes, tail, sizeBytes, truncated, sha256 } = capture.kept();
    const long = entryOf('{}', '');
    const response = { contentType: 'application/json', sizeBytes, truncated, sha256 };
    const cut: ExchangeEntry = { ...long, head: { ...long.head, response }, bodies: [long.bodies[0], bytes, tail] };
    expect(published(underPolicy(cut, mode, KEY))).toMatchObject({ promptTokens: 1, completionTokens: 2 });
  });

  it('says in the event what became of the bodies', () => {
    const states = MODES.map((mode) => published(underPolicy(entry, mode, KEY)).requestBody.state);
    expect(states).toEqual(['full', 'redacted', 'hashed', 'dropped']);
    expect(published(underPolicy(entry, 'none', KEY)).requestBody).toMatchObject({ text: '', sha256: '' });
    expect(published(underPolicy(entry, 'hash', KEY)).requestBody).toMatchObject({
      text: '',
      sha256: /^[0-9a-f]{64}$/,
    });
  });

  it('gives a body the same hash whoever sent it and however much of it was kept, and another one under another key', () => {
    const hashed = hashOf(underPolicy(entry, 'hash', KEY));
    const again = entryOf('{"other":1}', ANSWER, { exchangeId: 'x2', agent: 'sales' });
    expect(hashOf(underPolicy(again, 'hash', KEY))).toBe(hashed);
    const response = { ...entry.head.response, truncated: true, sha256: hash('sha256', ANSWER) };
    const bodies: ExchangeEntry['bodies'] = [entry.bodies[0], entry.bodies[1].subarray(0, 10), entry.bodies[2]];
    const cut: ExchangeEntry = { ...entry, head: { ...entry.head, response }, bodies };
    expect(hashOf(underPolicy(cut, 'hash', KEY))).toBe(hashed);
    expect(hashOf(underPolicy(entry, 'hash', Buffer.alloc(32, 8)))).not.toBe(hashed);
  });

  it('keeps the bodies themselves, uncopied, by full and redacted', () => {
    for (const mode of ['full', 'redacted'] as const) expect(underPolicy(entry, mode, KEY).bodies).toBe(entry.bodies);
  });

  it('does not change the entry that it is given', () => {
    const before = structuredClone(entry);
    for (const mode of MODES) underPolicy(entry, mode, KEY);
    expect(structuredClone(entry)).toEqual(before);
  });
});

describe('sampling', () => {
  it('captures the share that the policy asks for, and of the rest nothing', () => {
    const modes = Array.from({ length: 10_000 }, (_, i) => captureModeOf({ mode: 'full', samplePct: 25 }, `x${i}`));
    expect(new Set(modes)).toEqual(new Set(['full', 'none']));
    expect(modes.filter((mode) => mode === 'full').length / 10_000).toBeCloseTo(0.25, 1);
  });

  it('decides the same for the same exchange, and raising the share only adds exchanges', () => {
    for (let i = 0; i < 1_000; i += 1) {
      const sampled = [10, 10, 60, 100].map((samplePct) => captureModeOf({ mode: 'hash', samplePct }, `x${i}`));
      expect(sampled[1]).toBe(sampled[0]);
      expect(sampled.lastIndexOf('none')).toBeLessThan(sampled.includes('hash') ? sampled.indexOf('hash') : 4);
    }
  });

  it('keeps everything at 100 and nothing at 0', () => {
    for (let i = 0; i < 100; i += 1) {
      expect(captureModeOf({ mode: 'redacted', samplePct: 100 }, `x${i}`)).toBe('redacted');
      expect(captureModeOf({ mode: 'redacted', samplePct: 0 }, `x${i}`)).toBe('none');
    }
  });
});
