import { systemClock } from '../process/clock.ts';
import { retryForever } from '../process/retry.ts';
import { kafkaErrorOf } from './kafka-client.ts';

/** What a broker says of groups while it has not read them yet, or another one has them by now. */
const LOADING = new Set(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']);
const WITHIN_MS = 10_000;

/** Asks about a group again while its broker has just started, for ten seconds at most. Rejects with any other error at once. */
export const onceLoaded = <T>(ask: () => Promise<T>, withinMs = WITHIN_MS): Promise<T> =>
  retryForever(ask, {
    clock: systemClock,
    signal: AbortSignal.timeout(withinMs),
    isRetriable: (error) => LOADING.has(kafkaErrorOf(error).type),
    firstMs: 50,
    maxMs: 500,
  });
