/** A record that could not be decoded, as it goes to the group's dead-letter topic: raw bytes, and where they came from. */
export type DeadLetter = {
  topic: string;
  partition: number;
  offset: number;
  reason: string;
  key: Buffer | null;
  value: Buffer | null;
  timestampMs: number;
};

const ORIGIN_TOPIC = 'coalmine-origin-topic';
const ORIGIN_PARTITION = 'coalmine-origin-partition';
const ORIGIN_OFFSET = 'coalmine-origin-offset';
const ORIGIN_TIMESTAMP = 'coalmine-origin-timestamp';
const REASON = 'coalmine-reason';
const REPLAYED = 'coalmine-replayed';

/** The headers under which origin and reason travel. */
export const deadLetterHeaders = (letter: DeadLetter): Record<string, string> => ({
  [ORIGIN_TOPIC]: letter.topic,
  [ORIGIN_PARTITION]: String(letter.partition),
  [ORIGIN_OFFSET]: String(letter.offset),
  [ORIGIN_TIMESTAMP]: String(letter.timestampMs),
  [REASON]: letter.reason.slice(0, 500),
});

export type Headers = Readonly<Record<string, string>>;

/** Where a letter came from, as its headers tell; null if somebody else wrote it. */
export const originOf = (
  headers: Headers,
): Pick<DeadLetter, 'topic' | 'partition' | 'offset' | 'timestampMs'> | null => {
  const [partition, offset, timestampMs] = [ORIGIN_PARTITION, ORIGIN_OFFSET, ORIGIN_TIMESTAMP].map((name) =>
    Number(headers[name] ?? Number.NaN),
  ) as [number, number, number];
  const topic = headers[ORIGIN_TOPIC];
  if (topic === undefined || ![partition, offset, timestampMs].every(Number.isSafeInteger)) return null;
  return { topic, partition, offset, timestampMs };
};

export const reasonOf = (headers: Headers): string => headers[REASON] ?? 'its headers give no reason';

/** The mark behind a letter, in its own partition, that it was written to its topic again. */
export const replayedHeaders = (letterOffset: number): Record<string, string> => ({ [REPLAYED]: String(letterOffset) });

/** The offset of the letter that a record is the mark of; null for a letter. */
export const replayedOffset = (headers: Headers): number | null =>
  headers[REPLAYED] === undefined ? null : Number(headers[REPLAYED]);
