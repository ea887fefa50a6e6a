import { describe, expect, it } from 'vitest';
import { COMPLETIONS, RAW, RESPONSES } from '../protocol/dialect.ts';
import type { Dialect } from '../protocol/dialect.ts';
import { AnswerReading } from './answer-reading.ts';

const begun = (dialect: Dialect, contentType = 'text/event-stream'): AnswerReading => {
  const reading = new AnswerReading({ dialect, isStream: true, choices: 1, captureLimitBytes: 1_000 });
  reading.begin({ contentType, hasBody: true, isGood: true, isReadable: true });
  return reading;
};
const take = (reading: AnswerReading, text: string): string => reading.take(Buffer.from(text)).toString();
const MARK = '\uFEFF';

describe('a last event that is too long to be held', () => {
  const first = `data: {"type":"response.completed","response":{"output":"${'x'.repeat(1_200_000)}`;
  const rest = `${'x'.repeat(1_000)}"}}\n\n`;

  it.each(['', 'event: response.completed\n'])('is no end before all of it came: %j', (name) => {
    const reading = begun(RESPONSES);
    expect(take(reading, name + first)).toBe(name + first);
    expect([reading.isOver, reading.isSaid, reading.takesWords]).toEqual([false, false, false]);
    expect(take(reading, rest)).toBe(rest);
    expect([reading.isOver, reading.isSaid, reading.takesWords]).toEqual([true, true, true]);
    expect(reading.end(true)).toBe('whole');
  });

  it('is missing where it breaks off, however orderly: nothing of ours is put behind half an event', () => {
    const reading = begun(RESPONSES);
    take(reading, first);
    expect([reading.end(true), reading.takesWords, reading.lastWords('id')]).toEqual(['missing', false, undefined]);
  });
});

describe('the exchange’s id', () => {
  it.each(['data: [DONE]\n\n', 'data: {"error":{"message":"no"}}\n\n'])(
    'stands behind the byte order mark of a stream whose first event is its last: %j',
    (last) => {
      const reading = begun(COMPLETIONS);
      expect(take(reading, MARK + last)).toBe('');
      reading.end(true);
      expect(reading.lastWords('x1')?.toString()).toBe(`${MARK}id: x1\n${last}`);
    },
  );

  it('stands before the last event else', () => {
    const reading = begun(COMPLETIONS);
    const event = `${MARK}data: {"choices":[]}\n\n`;
    expect(take(reading, event)).toBe(event);
    take(reading, 'data: [DONE]\n\n');
    reading.end(true);
    expect(reading.lastWords('x1')?.toString()).toBe('id: x1\ndata: [DONE]\n\n');
  });

  it('stands in no answer of an agent’s own protocol', () => {
    const reading = begun(RAW);
    expect(take(reading, 'data: [DONE]\n\n')).toBe('data: [DONE]\n\n');
    expect([reading.end(true), reading.lastWords('x1')]).toEqual(['whole', undefined]);
  });
});
