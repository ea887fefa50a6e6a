import type { Decision } from '../../schemas/decision.ts';
import { DECISIONS } from '../../schemas/topics.ts';
import { partitionsOf, withTopics } from '../topics.ts';

/** All effective decisions in the log: each that follows the sequence of its agent. Others lost a race, or are repeats. */
export const readDecisions = (url: string): Promise<Decision[]> =>
  withTopics(
    'audit',
    async (bus) => {
      const sequences = new Map<string, number>();
      const effective: Decision[] = [];
      const partitions = await partitionsOf(bus, DECISIONS);
      for (let partition = 0; partition < partitions; partition += 1)
        await bus.readToEnd(DECISIONS, partition, 0, ({ value }) => {
          if (value.expect !== (sequences.get(value.agent) ?? 0)) return;
          sequences.set(value.agent, value.sequence);
          effective.push(value);
        });
      return effective;
    },
    url,
  );
