import { expect, it } from 'vitest';
import { differences, type Found, type Seen } from './seen.ts';

const seen: Seen = { exchanges: ['a', 'b'], turns: 2, feedback: ['f'], decisions: [1, 3] };
const found: Found = {
  exchanges: ['b', 'a'],
  turns: 2,
  feedback: ['f'],
  decisions: [1, 2, 3],
  judged: new Set(['a', 'b', 'c', 'x']),
  counted: 2,
  twice: { exchanges: 0 },
};

it('topics that hold what clients had differ in nothing, though others had more', () => {
  expect(differences(seen, found)).toEqual([]);
});

it.each([
  [{ exchanges: ['a'], counted: 1 }, '1 of 2 exchanges are not in the topic'],
  [{ exchanges: ['a', 'b', 'c'], counted: 3 }, '1 exchanges are in the topic that no client had'],
  [{ feedback: [] }, '1 of 1 pieces of feedback are not in the topic'],
  [{ turns: 1 }, '2 turns were answered, 1 are in the topic'],
  [{ decisions: [1, 2] }, '1 decisions that the controller told are not in the log'],
  [{ decisions: [1, 3] }, 'the log of decisions has a gap or a repeat'],
  [{ decisions: [1, 2, 2, 3] }, 'the log of decisions has a gap or a repeat'],
  [{ judged: new Set(['a']) }, '1 of 2 exchanges have no sheet of scores'],
  [{ counted: 3 }, 'the windows count 3 exchanges, the topic has 2'],
  [{ twice: { exchanges: 2 } }, '2 exchanges are in the topic twice'],
])('%j is told: %s', (more, told) => {
  expect(differences(seen, { ...found, ...more })).toEqual([told]);
});
