import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';
import type { Turn } from './turns.ts';

const said = (turn: Turn | null) =>
  turn && [turn.request.bytes.toString(), turn.response.bytes.toString(), turn.number];
const LIMIT = 100;
const bytes = (text: string): Buffer => Buffer.from(text);

describe('a turn', () => {
  it('is the messages up to the first answer, and the answers up to the next message', () => {
    const turns = new Turns(LIMIT);
    expect(turns.fromClient(bytes('a'), false, 10)).toBeNull();
    expect(turns.fromClient(bytes('b'), false, 20)).toBeNull();
    expect(turns.fromUpstream(bytes('A'), false, 50)).toBe(true);
    expect(turns.fromUpstream(bytes('B'), false, 70)).toBe(true);
    const ended = turns.fromClient(bytes('c'), false, 90);
    expect(said(ended)).toEqual(['a\nb', 'A\nB', 1]);
    expect(ended).toMatchObject({ startedMs: 10, firstMessageMs: 50, lastMessageMs: 70 });
    expect(said(turns.end())).toEqual(['c', '', 2]);
    expect(turns.end()).toBeNull();
  });

  it('does not begin with what an upstream says by itself', () => {
    const turns = new Turns(LIMIT);
    expect(turns.fromUpstream(bytes('welcome'), false, 1)).toBe(false);
    expect(turns.isUnderWay).toBe(false);
    turns.fromClient(bytes('a'), false, 2);
    expect(turns.isAnswered).toBe(false);
    turns.fromUpstream(bytes('A'), false, 3);
    expect(turns.isAnswered).toBe(true);
    expect(said(turns.end())).toEqual(['a', 'A', 1]);
    expect(turns.fromUpstream(bytes('late'), false, 4)).toBe(false);
  });

  it.each([
    [[['hello', false]], 'text/plain; charset=utf-8'],
    [[['{"a":1}', false]], 'application/json'],
    [
      [
        ['{"a":1}', false],
        ['{"b":1}', false],
      ],
      'application/x-ndjson',
    ],
    [
      [
        ['text', false],
        ['bytes', true],
      ],
      'application/octet-stream',
    ],
  ] as const)('says of %j that it is %s', (messages, contentType) => {
    const turns = new Turns(LIMIT);
    for (const [text, isBinary] of messages) turns.fromClient(bytes(text), isBinary, 1);
    expect(turns.end()).toMatchObject({ request: { contentType }, response: { contentType: '', sizeBytes: 0 } });
  });

  it('keeps no more than the limit of either side, and hashes the whole', () => {
    const turns = new Turns(4);
    turns.fromClient(bytes('abc'), false, 1);
    turns.fromClient(bytes('def'), false, 1);
    for (let i = 0; i < 1_000; i += 1) turns.fromUpstream(bytes('0123456789'), false, 2);
    const ended = turns.end()!;
    expect(ended.request).toMatchObject({ bytes: bytes('abc\n'), sizeBytes: 7, truncated: true });
    expect(ended.request.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(ended.response).toMatchObject({ sizeBytes: 10_999, truncated: true });
    expect(ended.response.bytes.length).toBe(4);
  });

  it('does not keep the memory that a message came in', () => {
    const turns = new Turns(LIMIT);
    const message = bytes('abc');
    turns.fromClient(message, false, 1);
    message.fill('x');
    expect(turns.end()?.request.bytes.toString()).toBe('abc');
  });
});
