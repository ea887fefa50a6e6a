import type { Case } from '../dataset/case.ts';
import type { Prices } from '../prices.ts';
import type { Measured } from '../measured.ts';
import type { Answered, Reply } from '../reply.ts';

/**
 * One asking. `retryAfterMs` is null where asking again is of no use, 0 where the asker may choose; `isBusy`: the target asks
 * everyone to wait for that time.
 */
export type Attempt = { answered: Answered; retryAfterMs: number | null; isBusy: boolean };

/** Where answers come from. */
export type Target = {
  /** For people: `http://127.0.0.1:9001/v1`. */
  name: string;
  /** Targets of one identity are taken to be the same one, as far as anybody can tell. */
  identity: string;
  /** The identity is of all that the target is made of, so that what it answered before counts as if it were asked now. */
  isContent: boolean;
  /** Its answers are read, not asked for: nothing to wait for, to keep or to try again. */
  isRecorded: boolean;
  /** How often it can be asked one question, at most. */
  maxRepeats: number;
  /** What its tokens cost; null where nobody said. */
  prices: Prices;
  /** What was found of its answers when they were recorded; without it they are scored now. */
  measured?: (asked: Case, repeat: number) => Measured['values'] | undefined;
  /** Of which dataset they were recorded. */
  datasetId?: string | null;
  /** Which of the agent's versions it is, where the controller knows it; `id` is of its content. */
  version?: { label: string; id: string };
  /** Never rejects, but for the signal's abort. */
  ask: (asked: Case, repeat: number, signal: AbortSignal) => Promise<Attempt>;
  close: () => Promise<void>;
};

export const recorded = (answered: Answered): Attempt => ({ answered, retryAfterMs: null, isBusy: false });

/** What could not even be asked: a broken set-up, which says nothing of the agent. The sentence says what to do. */
export class TargetError extends Error {}

export const NO_REPLY: Pick<Reply, 'contentType' | 'body' | 'firstByteMs' | 'isCut' | 'version' | 'attempts'> = {
  contentType: '',
  body: '',
  firstByteMs: null,
  isCut: false,
  version: '',
  attempts: 1,
};
