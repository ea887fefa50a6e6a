import type { Incoming } from '../../platform/kafka/bus.ts';
import type { ReadTopic, Topic } from '../../schemas/topics.ts';
import type { FoldStanding } from '../events.ts';
import type { IdMemory } from '../folds/id-memory.ts';
import type { FoldNote, Output } from '../folds/partition-fold.ts';

/** A fold under way, without its outside world. */
export type LiveFold<I, O> = {
  offset(): number;
  take(records: readonly Incoming<I>[]): { outputs: Output<O>[]; notes: FoldNote[] };
  pack(): string;
  /** The ids whose pieces are saved beside the state; a fold out of a state awaits them before it may go on. */
  ids: IdMemory | null;
  standing(): FoldStanding;
};

/** How one partition's fold begins: anew, or out of a snapshot's state (undefined if that state is not ours to read). */
export type Fold<I, O> = { fresh(): LiveFold<I, O>; from(state: string): LiveFold<I, O> | undefined };

/** One fold over a topic: what it reads and writes, and how a partition's begins. */
export type Stage<I, O> = {
  group: string;
  input: ReadTopic<I>;
  output: Topic<O>;
  foldVersion: number;
  begin(partition: number): Promise<Fold<I, O>>;
};
