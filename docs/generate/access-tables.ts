import { REDIS_RULES } from '../../schemas/redis-access.ts';
import { grantsOf, PRINCIPALS } from '../../schemas/topic-access.ts';
import { table } from './table.ts';

/** What each principal needs in Kafka, by operation. */
export const kafkaAccessTable = (): string =>
  table(
    ['user', 'topics', 'consumer groups'],
    PRINCIPALS.map((principal) => {
      const listed = (resource: 'topic' | 'group'): string => {
        const byOperations = Map.groupBy(
          grantsOf(principal).filter((grant) => grant.resource === resource),
          ({ operations }) => operations.join(', '),
        );
        const parts = [...byOperations].map(
          ([operations, grants]) => `${operations}: ${grants.map(({ name }) => `\`${name}\``).join(', ')}`,
        );
        return parts.join('; ') || 'none';
      };
      return [principal, listed('topic'), listed('group')];
    }),
  );

/** What each principal needs in Redis. */
export const redisAccessTable = (): string =>
  table(
    ['user', 'keys', 'channels', 'commands'],
    PRINCIPALS.flatMap((principal) => {
      const rule = REDIS_RULES[principal];
      if (rule === undefined) return [];
      const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');
      return [[principal, list(rule.keys), list(rule.channels), list(rule.commands)]];
    }),
  );
