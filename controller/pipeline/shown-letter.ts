import type { DeadLetter, WholeLetter } from '../../schemas/pipeline-api.ts';
import { deadLetterTopic, type Group } from '../../schemas/topics.ts';

/** So much of a letter is shown: whoever writes garbage may write a lot of it. */
const SHOWN_BYTES = 64 * 1024;
const SHOWN_CHARACTERS = 64 * 1024;
const KEY_CHARACTERS = 1_000;
const REASON_CHARACTERS = 1_000;

/** A letter as it was read. */
type Letter = Omit<DeadLetter, 'topic' | 'group' | 'sizeBytes'> & {
  group: Group;
  key: Buffer | null;
  value: Buffer | null;
};

export const shownLetter = ({
  group,
  partition,
  offset,
  origin,
  reason,
  timestampMs,
  isReplayed,
  value,
}: Letter): DeadLetter => ({
  topic: deadLetterTopic(group),
  group,
  partition,
  offset,
  origin,
  timestampMs,
  isReplayed,
  reason: reason.slice(0, REASON_CHARACTERS).toWellFormed(),
  sizeBytes: value?.length ?? 0,
});

/** JSON of anything that Avro decodes to: bytes and large numbers as text. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? 'null';

export const wholeLetter = (letter: Letter, decoded: { value: unknown } | { reason: string }): WholeLetter => {
  const { key, value } = letter;
  const json = 'value' in decoded ? jsonOf(decoded.value) : '';
  return {
    ...shownLetter(letter),
    keyText: key?.toString().slice(0, KEY_CHARACTERS).toWellFormed() ?? null,
    valueBase64: value?.subarray(0, SHOWN_BYTES).toString('base64') ?? '',
    isCut: (value?.length ?? 0) > SHOWN_BYTES,
    decoded:
      'value' in decoded
        ? { valueJson: json.slice(0, SHOWN_CHARACTERS).toWellFormed(), isCut: json.length > SHOWN_CHARACTERS }
        : decoded,
  };
};
