import type { StoredLetter } from '../../platform/kafka/dead-letter-box.ts';
import { plain, shortened } from '../output/plain.ts';
import { momentText } from '../output/moments.ts';
import { tableLines } from '../output/table.ts';

/** Letters of one group, one origin and one reason together. */
export type LetterKind = {
  group: string;
  topic: string | null;
  reason: string;
  count: number;
  replayed: number;
  firstMs: number;
  lastMs: number;
};

/** Counts letters by kind as they come. What a reason says of a single record (an offset, an id) would make a kind of each. */
export const createLetterKinds = () => {
  const kinds = new Map<string, LetterKind>();
  return {
    add: ({ group, origin, reason, timestampMs, isReplayed }: StoredLetter): void => {
      const topic = origin?.topic ?? null;
      const like = reason.replaceAll(/\d+/g, '#');
      const key = JSON.stringify([group, topic, like]);
      const kind = kinds.get(key) ?? { group, topic, reason, count: 0, replayed: 0, firstMs: Infinity, lastMs: 0 };
      kinds.set(key, {
        ...kind,
        count: kind.count + 1,
        replayed: kind.replayed + (isReplayed ? 1 : 0),
        firstMs: Math.min(kind.firstMs, timestampMs),
        lastMs: Math.max(kind.lastMs, timestampMs),
      });
    },
    all: (): LetterKind[] => [...kinds.values()],
  };
};

const REASON_CHARACTERS = 100;

export const kindLines = (kinds: readonly LetterKind[]): string[] =>
  tableLines(
    ['GROUP', 'FROM', 'LETTERS', 'REPLAYED', 'FIRST', 'LAST', 'REASON'],
    kinds.map(({ group, topic, reason, count, replayed, firstMs, lastMs }) => [
      group,
      topic ?? 'unknown',
      String(count),
      String(replayed),
      momentText(firstMs),
      momentText(lastMs),
      shortened(reason, REASON_CHARACTERS),
    ]),
    { right: ['LETTERS', 'REPLAYED'] },
  );

/** A letter as JSON, its bytes in base64. */
export const letterJson = ({ key, value, ...letter }: StoredLetter) => ({
  ...letter,
  key: key?.toString() ?? null,
  valueBase64: value?.toString('base64') ?? null,
});

const SHOWN_BYTES = 256;

/** The first bytes as `xxd` has them. */
const dump = (bytes: Buffer): string[] =>
  Array.from({ length: Math.ceil(Math.min(bytes.length, SHOWN_BYTES) / 16) }, (_, i) => {
    const row = bytes.subarray(16 * i, 16 * (i + 1));
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    return `  ${(16 * i).toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${text}`;
  });

/** A letter for people: where it came from, why, its bytes, and whether it can be decoded by now. */
export const letterLines = (letter: StoredLetter, decoded: { value: unknown } | { reason: string }): string[] => {
  const { partition, offset, origin, reason, key, value, timestampMs, isReplayed } = letter;
  const from = origin === null ? 'unknown' : `${origin.topic} ${origin.partition}/${origin.offset}`;
  const size = value?.length ?? 0;
  return [
    plain(`${partition}/${offset}  from ${from}  ${momentText(timestampMs)}${isReplayed ? '  (replayed)' : ''}`),
    plain(`  reason  ${reason}`),
    plain(`  key     ${key?.toString() ?? 'none'}`),
    `  value   ${size} bytes${size > SHOWN_BYTES ? `, the first ${SHOWN_BYTES}:` : ''}`,
    ...dump(value ?? Buffer.alloc(0)),
    'value' in decoded ? '  now     it can be decoded: dlq replay sends it back' : plain(`  now     ${decoded.reason}`),
  ];
};
