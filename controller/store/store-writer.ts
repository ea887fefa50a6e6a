import type { Stamped } from '../../schemas/envelope.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { ScoreSheet } from '../../schemas/score.ts';
import type { WindowRow } from '../../schemas/window.ts';
import type { FoldedShadow } from './folded-shadow.ts';

/** A record as it lies in its partition, as far as the store looks at it. */
type FoldedRecord<E> = { offset: number; timestampMs: number; value: Stamped<E, unknown> };

/** Puts one event of a topic into its tables; what is there already stays. */
export type FoldEvent<E> = (event: E) => void;

/** Only to be used within a transaction, before whose end `flush` is due; after one that was taken back `forget` is. */
export type Folds = {
  exchange: FoldEvent<Exchange>;
  shadow: FoldEvent<FoldedShadow>;
  sheet: FoldEvent<ScoreSheet>;
  feedback: FoldEvent<Feedback>;
  window: FoldEvent<WindowRow>;
  flush(): void;
  forget(): void;
};

export type Batch<E> = {
  topic: string;
  partition: number;
  records: readonly FoldedRecord<E>[];
};

/** How far a partition is read: the next offset, and the Kafka timestamp of the record before it, by which the log is known again. */
export type ReadTo = { next: number; lastMs: number };

export type StoreWriter = {
  folds: Folds;
  /** Where to read on, by topic and partition. */
  offsets(): Map<string, Map<number, ReadTo>>;
  /** Folds a batch and notes how far the partition is read, both or neither. Records older than `sinceMs` are passed over. */
  take<E>(batch: Batch<E>, fold: FoldEvent<E>, sinceMs: number): number;
  /** Deletes some of the oldest rows if any is older than `sinceMs` or the store larger than `maxBytes`; whether there was something to do. */
  prune(sinceMs: number, maxBytes: number): boolean;
  /** What rows take, without pages that are free. */
  usedBytes(): number;
  rows(): Record<string, number>;
  close(): void;
};

/** The records' events that are not older than `sinceMs`. */
export const eventsSince = <E>(records: readonly FoldedRecord<E>[], sinceMs: number): E[] =>
  records.flatMap(({ value: { event, timeMs } }) => (event === null || timeMs < sinceMs ? [] : [event]));
