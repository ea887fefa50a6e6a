import type { Group } from '../../schemas/topics.ts';
import type { DeadLetterBox, StoredLetter } from './dead-letter-box.ts';

/** Where a letter lies in its group's topic. */
export type Place = { partition: number; offset: number };

/** Which letters are meant; all that is not said leaves all of them. `topic` is where they came from, with or without `coalmine.`. */
export type Chosen = { at: readonly Place[]; topic?: string | undefined; reason?: string | undefined };

export const isChosen = (
  { partition, offset, origin, reason }: StoredLetter,
  { at, topic, reason: words }: Chosen,
): boolean =>
  (at.length === 0 || at.some((one) => one.partition === partition && one.offset === offset)) &&
  (topic === undefined || origin?.topic === topic || origin?.topic === `coalmine.${topic}`) &&
  (words === undefined || reason.toLowerCase().includes(words.toLowerCase()));

/** What becomes of a letter that is to be sent back. */
export const FATES = ['replayed', 'already replayed', 'still not decodable', 'of unknown origin'] as const;
export type Fate = (typeof FATES)[number];

/** `force` sends back also what can't be decoded by now, `again` what was sent back before. */
type ReplayAsked = Chosen & { force: boolean; again: boolean };

const fateOf = async (box: DeadLetterBox, letter: StoredLetter, { force, again }: ReplayAsked): Promise<Fate> => {
  if (letter.origin === null) return 'of unknown origin';
  if (letter.isReplayed && !again) return 'already replayed';
  return force || 'value' in (await box.decode(letter)) ? 'replayed' : 'still not decodable';
};

const placeOf = ({ partition, offset }: Place): string => `${partition}/${offset}`;

/** Which letters are to be sent back, by their places, and how many have which fate. */
export const planReplay = async (
  box: DeadLetterBox,
  group: Group,
  asked: ReplayAsked,
): Promise<{ fates: Record<Fate, number>; due: Set<string> }> => {
  const fates = Object.fromEntries(FATES.map((fate) => [fate, 0])) as Record<Fate, number>;
  const due = new Set<string>();
  await box.read(group, async (letter) => {
    if (!isChosen(letter, asked)) return;
    const fate = await fateOf(box, letter, asked);
    fates[fate] += 1;
    if (fate === 'replayed') due.add(placeOf(letter));
  });
  return { fates, due };
};

/** Sends back those alone: one that comes back undecodable at once is a new letter, which nobody has agreed to. How many failed. */
export const sendBack = async (
  box: DeadLetterBox,
  group: Group,
  due: ReadonlySet<string>,
  onFailure: (place: string, error: unknown) => void,
): Promise<number> => {
  let failed = 0;
  await box.read(group, async (letter) => {
    if (!due.has(placeOf(letter))) return;
    try {
      await box.replay(letter);
    } catch (error) {
      failed += 1;
      onFailure(placeOf(letter), error);
    }
  });
  return failed;
};
