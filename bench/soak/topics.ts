import type { Bus } from '../../platform/kafka/bus.ts';
import type { Stamped } from '../../schemas/envelope.ts';
import { DECISIONS, EXCHANGES, FEEDBACK, SCORES, SHADOWS, type Topic, WINDOWS } from '../../schemas/topics.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import type { Found } from './seen.ts';

const forEach = async <T>(bus: Bus, topic: Topic<T>, visit: (value: T, key: string) => void): Promise<void> => {
  for (let partition = 0; partition < (await bus.partitionCount(topic)); partition += 1)
    await bus.readToEnd(topic, partition, 0, ({ value, key }) => visit(value, key));
};

/**
 * The events of a topic by id, each once. `again` stand there once more under the same stamp, as after an append whose answer was lost: readers
 * leave them out. `twice` do so under another.
 */
const createOnce = <E>() => {
  const stamps = new Map<string, string>();
  const events = new Map<string, E>();
  const counts = { again: 0, twice: 0 };
  return {
    events,
    counts,
    add: (id: string, event: E, { source, sequence }: Stamped<unknown, unknown>): void => {
      const stamp = `${source} ${sequence}`;
      const known = stamps.get(id);
      if (known === undefined) {
        stamps.set(id, stamp);
        events.set(id, event);
      } else if (known === stamp) counts.again += 1;
      else counts.twice += 1;
    },
  };
};

/** How many live exchanges of an agent its windows count. */
const countedOf = async (bus: Bus, agent: string): Promise<number> => {
  const rows = new Map<string, number>();
  await forEach(bus, WINDOWS, ({ event }, key) => {
    if (event?.agent !== agent || event.kind !== 'live' || event.metric !== 'error_rate' || event.slice !== ALL) return;
    rows.set(key, event.count + event.errors + event.notApplicable);
  });
  return [...rows.values()].reduce((sum, count) => sum + count, 0);
};

/** Of what honest clients did, by the agent they call, the one they talk to, and the one whose documents change; and how much there is in all. */
export const readTopics = async (
  bus: Bus,
  { called, talked, changed }: { called: string; talked: string; changed: string },
): Promise<{ found: Found; records: Record<string, number> }> => {
  const [exchanges, feedback, shadows] = [createOnce<string>(), createOnce<string>(), createOnce<string>()];
  const judged = new Set<string>();
  const sheets = new Set<string>();
  const decisions: number[] = [];
  await forEach(bus, EXCHANGES, (record) => {
    if (record.event) exchanges.add(record.event.exchangeId, record.event.agent, record);
  });
  await forEach(bus, FEEDBACK, (record) => {
    if (record.event) feedback.add(record.event.feedbackId, record.event.agent, record);
  });
  await forEach(bus, SHADOWS, (record) => {
    if (record.event) shadows.add(record.event.shadowId, record.event.exchange.agent, record);
  });
  await forEach(bus, SCORES, ({ event }) => {
    if (!event) return;
    sheets.add(event.sheetId);
    if (event.kind === 'live') judged.add(event.exchangeId);
  });
  await forEach(bus, DECISIONS, (decision) => {
    if (decision.agent === changed) decisions.push(decision.sequence);
  });
  const of = ({ events }: typeof exchanges, wanted: string): string[] =>
    [...events].filter(([, agent]) => agent === wanted).map(([id]) => id);
  return {
    found: {
      exchanges: of(exchanges, called),
      turns: of(exchanges, talked).length,
      feedback: of(feedback, called),
      decisions,
      judged,
      counted: await countedOf(bus, called),
      twice: {
        exchanges: exchanges.counts.twice,
        'pieces of feedback': feedback.counts.twice,
        shadows: shadows.counts.twice,
      },
    },
    records: {
      exchanges: exchanges.events.size,
      feedback: feedback.events.size,
      shadows: shadows.events.size,
      sheets: sheets.size,
      repeats: exchanges.counts.again + feedback.counts.again + shadows.counts.again,
    },
  };
};
