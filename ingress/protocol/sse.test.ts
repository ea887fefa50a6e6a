import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseCutter } from './sse.ts';

const relay = (pieces: readonly Buffer[]) => {
  const cutter = new SseCutter('done');
  // A piece's memory is used again once it was pushed, as the upstream client does.
  const sent = pieces.map((piece) => {
    const shared = Buffer.from(piece);
    const ready = Buffer.from(cutter.push(shared));
    shared.fill(0);
    return ready;
  });
  return { sent, done: cutter.done, rest: cutter.rest().toString() };
};
const cut = (text: string, cuts: readonly number[]): Buffer[] => {
  const whole = Buffer.from(text);
  const edges = [0, ...cuts.map((c) => c % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
};
const event = (data: string, end: string) => `data: ${data}${end}${end}`;

describe('SseCutter', () => {
  it('however the bytes are cut: nothing is lost, only whole events go on, and [DONE] waits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '"', '[DONE]', 'data:') }), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 20 }),
        (datas, end, isDone, cuts) => {
          const events = datas.map((data) => event(`{${data}}`, end)).join('');
          const text = events + (isDone ? event('[DONE]', end) : '');
          const { sent, done, rest } = relay(cut(text, cuts));
          expect(Buffer.concat(sent).toString() + rest).toBe(text);
          expect(Buffer.concat(sent).toString()).toBe(events);
          expect(done).toBe(isDone);
          let soFar = '';
          for (const part of sent) {
            soFar += part.toString();
            expect(soFar === '' || soFar.endsWith(end + end)).toBe(true);
          }
        },
      ),
    );
  });

  it('an event that does not end is not held without bound', () => {
    const cutter = new SseCutter('done');
    let sent = 0;
    for (let i = 0; i < 40; i++) sent += cutter.push(Buffer.alloc(65_536, 'x')).length;
    expect(sent).toBeGreaterThan(1_000_000);
  });
});
