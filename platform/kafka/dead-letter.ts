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

/** The headers under which origin and reason travel. */
export const deadLetterHeaders = (letter: DeadLetter): Record<string, string> => ({
  'coalmine-origin-topic': letter.topic,
  'coalmine-origin-partition': String(letter.partition),
  'coalmine-origin-offset': String(letter.offset),
  'coalmine-origin-timestamp': String(letter.timestampMs),
  'coalmine-reason': letter.reason.slice(0, 500),
});
