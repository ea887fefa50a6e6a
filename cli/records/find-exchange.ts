import type { Bus } from '../../platform/kafka/bus.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import { EXCHANGES } from '../../schemas/topics.ts';
import { partitionsOf } from '../topics.ts';

/** Ends the reading of a partition; what was looked for is found. */
class FoundError extends Error {
  override name = 'FoundError';
}

/** The exchange of this id, from the one partition that it can be in, read from a time on; null if it is not there (any more). */
export const findExchange = async (bus: Bus, exchangeId: string, sinceMs: number): Promise<Exchange | null> => {
  const partition = bus.partitionFor(exchangeId, await partitionsOf(bus, EXCHANGES));
  const from = sinceMs === 0 ? 0 : await bus.offsetSince(EXCHANGES, partition, sinceMs);
  let found: Exchange | null = null;
  try {
    await bus.readToEnd(EXCHANGES, partition, from, ({ value }) => {
      if (value.event?.exchangeId !== exchangeId) return;
      found = value.event;
      throw new FoundError();
    });
  } catch (error) {
    if (!(error instanceof FoundError)) throw error;
  }
  return found;
};
