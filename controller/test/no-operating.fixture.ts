import { unavailable } from '../commands/refusal.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type AskStore, StoreUnavailableError } from '../store/store-reader.ts';

/** For controllers in one process: no store, and no Kafka to look at. */
export const noStore: AskStore = async () => {
  throw new StoreUnavailableError('there is no store here');
};

const refuses = async () => ({ refusal: unavailable('there is no Kafka here') });

export const noPipeline: Pipeline = {
  lag: refuses,
  throughput: refuses,
  reset: refuses,
  letters: refuses,
  waitingLetters: refuses,
  letter: refuses,
  replay: refuses,
};
