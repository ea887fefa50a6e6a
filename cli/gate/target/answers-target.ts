import { createHash } from 'node:crypto';
import type { Prices } from '../prices.ts';
import type { Answered } from '../reply.ts';
import { recorded, type Target } from './target.ts';

/** A target whose answers are all known, by the question's id, and of what was asked several times by the repeat. */
export const answersTarget = (
  name: string,
  answers: ReadonlyMap<string, readonly Answered[]>,
  prices: Prices = null,
): Target => ({
  name,
  identity: createHash('sha256').update(name).digest('hex'),
  isContent: true,
  isRecorded: true,
  prices,
  maxRepeats: Math.max(1, ...[...answers.values()].map(({ length }) => length)),
  ask: async ({ id }, repeat) => {
    const ofCase = answers.get(id) ?? [];
    return recorded(
      ofCase[repeat] ?? { missing: `${name} has no answer to ${id}${repeat > 0 ? ` in repeat ${repeat}` : ''}` },
    );
  },
  close: async () => {},
});
