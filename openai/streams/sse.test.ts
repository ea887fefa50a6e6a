import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../event-stream.ts';
import { SseCutter } from './sse.ts';

/** A reader for which `[DONE]` is the last event, and what it was shown. */
const createReader = () => {
  const shown: string[] = [];
  return {
    shown,
    see: (event: Buffer) => {
      shown.push(event.toString());
      return eventsOf(event.toString()).some(({ data }) => data === '[DONE]');
    },
    seeTrimmed: (event: Buffer) => {
      shown.push(event.toString());
      return event.toString().includes('}');
    },
  };
};

const relay = (pieces: readonly Buffer[]) => {
  const reader = createReader();
  const cutter = new SseCutter(reader);
  // A piece's memory is used again once it was pushed, as the upstream client does.
  const sent = pieces.map((piece) => {
    const shared = Buffer.from(piece);
    const ready = Buffer.from(cutter.push(shared));
    shared.fill(0);
    return ready;
  });
  return { sent: Buffer.concat(sent).toString(), parts: sent, done: cutter.done, cutter, shown: reader.shown };
};
const cutAt = (text: string, cuts: readonly number[]): Buffer[] => {
  const whole = Buffer.from(text);
  const edges = [0, ...cuts.map((c) => c % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
};

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const data = fc.string({ unit: fc.constantFrom('a', 'é', '"', '[DONE]', 'data:') });
const line = fc.oneof(
  data.map((text) => `data: {${text}}`),
  fc.constantFrom('event: x', ': comment', 'id: 7', 'data', 'data:'),
);
/** Some lines, each with an end of its own, and an empty one. What the standard would read otherwise is made unambiguous. */
const event = fc
  .tuple(fc.array(fc.tuple(line, lineEnd), { minLength: 1, maxLength: 4 }), lineEnd)
  .map(([lines, last]) => lines.map(([text, end]) => text + end).join('') + last)
  // CR at the end of a line and LF as the empty one would be a single line end.
  .map((text) => text.replace(/([^\r\n])\r\n$/, '$1\r\r'));

describe('SseCutter', () => {
  it('however lines end and the bytes are cut: nothing is lost, only whole events go on, and [DONE] waits', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 6 }),
        fc.tuple(lineEnd, lineEnd).filter(([a, b]) => a + b !== '\r\n'),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 20 }),
        (events, [a, b], isDone, cuts) => {
          const before = events.join('');
          const text = before + (isDone ? `data: [DONE]${a}${b}` : '');
          const { sent, done, cutter, shown } = relay(cutAt(text, cuts));
          expect(sent + cutter.rest().toString()).toBe(text);
          expect(done).toBe(isDone);
          expect(sent).toBe(before);
          // What it is shown is what the standard's parser makes of the whole.
          expect(shown.flatMap((one) => eventsOf(one))).toEqual(eventsOf(text));
        },
      ),
    );
  });

  it('an event goes on with the first byte that can end it, whatever mix of line ends that is', () => {
    for (const a of ['\n', '\r', '\r\n'])
      for (const b of ['\n', '\r', '\r\n']) {
        if (a + b === '\r\n') continue;
        const text = `data: {"a":1}${a}${b}`;
        const cutter = new SseCutter(createReader());
        let sent = '';
        let at = 0;
        const bytes = Buffer.from(text);
        for (; at < bytes.length && sent === ''; at += 1) sent = cutter.push(bytes.subarray(at, at + 1)).toString();
        const isEarly = b === '\r\n';
        expect([a, b, sent]).toEqual([a, b, isEarly ? text.slice(0, -1) : text]);
        expect(cutter.push(bytes.subarray(at)).toString()).toBe(text.slice(sent.length));
      }
  });

  it.each(['\n', '\r', '\r\n'])(
    'a comment goes on with the end of its line, %j, since it may be a heartbeat by itself; fields after it wait',
    (end) => {
      const { parts, cutter } = relay(
        [`: pi`, `ng${end}`, `:${end}: b${end}ev`, `ent: x${end}`, `: within${end}data: {}${end}${end}`, `:${end}`].map(
          (piece) => Buffer.from(piece),
        ),
      );
      expect(parts.map(String)).toEqual([
        '',
        `: ping${end}`,
        `:${end}: b${end}`,
        '',
        `event: x${end}: within${end}data: {}${end}${end}`,
        `:${end}`,
      ]);
      expect(cutter.rest()).toHaveLength(0);
    },
  );

  it('a comment whose line ends with CR and LF in two chunks, and one before the last event, go on ahead of it', () => {
    const { parts, done, cutter } = relay(
      [': a\r', '\n: b\r', '\ndata: [DO', 'NE]\r\n\r\n'].map((one) => Buffer.from(one)),
    );
    expect([parts.map(String), done]).toEqual([[': a\r', '\n: b\r', '\n', ''], true]);
    expect(cutter.rest().toString()).toBe('data: [DONE]\r\n\r\n');
  });

  it('what comes after the end waits, comments too', () => {
    const { sent, cutter } = relay(['data: [DONE]\n\n', ': bye\n\n'].map((one) => Buffer.from(one)));
    expect([sent, cutter.rest().toString()]).toEqual(['', 'data: [DONE]\n\n: bye\n\n']);
  });

  it('a line feed that belongs to the end before it goes on ahead of the last event', () => {
    const { sent, cutter } = relay([Buffer.from('data: {}\r\n\r'), Buffer.from('\ndata: [DONE]\r\n\r\n')]);
    expect([sent, cutter.rest().toString()]).toEqual(['data: {}\r\n\r\n', 'data: [DONE]\r\n\r\n']);
  });

  it('what a stream ends with counts if it is whole but for its empty line, and is made whole', () => {
    const whole = relay([Buffer.from('data: {}\n\ndata: {"a":1}')]);
    whole.cutter.close();
    expect(whole.cutter.rest().toString()).toBe('data: {"a":1}\n\n');
    const half = relay([Buffer.from('data: {}\n\ndata: {"a"')]);
    half.cutter.close();
    expect(half.cutter.rest().toString()).toBe('');
  });

  it('an event that does not end is not held without bound, and what follows it is cut again', () => {
    const reader = createReader();
    const cutter = new SseCutter(reader);
    let sent = 0;
    const pieces = [
      Buffer.from('event: big\ndata: '),
      ...Array.from({ length: 40 }, () => Buffer.alloc(65_536, 'x')),
      Buffer.from('\n\ndata: {"next":1}\n\n'),
    ];
    for (const [i, piece] of pieces.entries()) {
      sent += cutter.push(piece).length;
      expect(cutter.isTorn).toBe(i >= 16 && i <= 40);
    }
    expect(sent).toBe(pieces.reduce((sum, piece) => sum + piece.length, 0));
    expect(reader.shown).toHaveLength(2);
    expect(reader.shown[0]).toMatch(/^event: big\ndata: xx/);
    expect(reader.shown[1]).toBe('data: {"next":1}\n\n');
  });

  it('what comes after the end is kept in bounds', () => {
    const { cutter } = relay([
      Buffer.from('data: [DONE]\n\n'),
      ...Array.from({ length: 100 }, () => Buffer.alloc(65_536, 'x')),
    ]);
    expect(cutter.rest().length).toBeLessThan(3_000_000);
  });
});
