import { describe, expect, it } from 'vitest';
import { replayedHeaders } from './dead-letter.ts';
import { forgetBefore, MOST_WAITING, noWaiting, takeLetter } from './waiting-letters.ts';

describe('the letters of a partition that were not sent back', () => {
  it('are those without a mark, whenever it comes, and of those the ones that are still there', () => {
    const waiting = noWaiting();
    for (const offset of [4, 5, 6, 9]) takeLetter(waiting, { offset, headers: {} });
    expect(waiting).toMatchObject({ next: 10, offsets: new Set([4, 5, 6, 9]) });
    takeLetter(waiting, { offset: 10, headers: replayedHeaders(5) });
    takeLetter(waiting, { offset: 11, headers: replayedHeaders(5) });
    expect(waiting).toMatchObject({ next: 12, offsets: new Set([4, 6, 9]) });
    forgetBefore(waiting, 6);
    expect(waiting.offsets).toEqual(new Set([6, 9]));
    forgetBefore(waiting, 12);
    expect(waiting).toMatchObject({ next: 12, offsets: new Set() });
  });

  it('are told apart up to a limit; what is beyond it is read once those have gone', () => {
    const waiting = noWaiting();
    for (let offset = 0; offset <= MOST_WAITING; offset++) takeLetter(waiting, { offset, headers: {} });
    expect(waiting.offsets.size).toBe(MOST_WAITING);
    forgetBefore(waiting, 1);
    expect(waiting.next).toBe(MOST_WAITING + 1);
    forgetBefore(waiting, MOST_WAITING);
    expect(waiting).toEqual(noWaiting());
  });
});
