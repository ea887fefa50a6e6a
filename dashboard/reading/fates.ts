import { countText } from '../../schemas/sentence/figures.ts';

/** Each fate that the controller tells: what will become of letters, and what became of them. */
const WORDS: Readonly<Record<string, readonly [will: string, did: string]>> = {
  replayed: ['will be sent back', 'sent back'],
  'already replayed': ['sent back before: left alone', 'sent back before: left alone'],
  'still not decodable': ['still can’t be decoded: left here', 'still can’t be decoded: left here'],
  'of unknown origin': ['from nowhere that the group reads: left here', 'from nowhere that the group reads: left here'],
};

/** What becomes of letters, a line for each fate that any of them has. */
export const fateLines = (
  { fates, failed }: { fates: Readonly<Record<string, number>>; failed: number },
  isDone: boolean,
): string[] => [
  ...Object.entries(fates).flatMap(([fate, count]) => {
    const words = WORDS[fate]?.[isDone ? 1 : 0] ?? fate;
    return count === 0 && fate !== 'replayed' ? [] : [`${countText(count)} ${words}`];
  }),
  ...(failed === 0 ? [] : [`${countText(failed)} could not be written: try again`]),
];
