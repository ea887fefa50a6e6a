import { deadLetterTopic } from '../../../schemas/topics.ts';
import type { AlertKind } from '../alert-kind.ts';
import { factOf } from '../alert-kind.ts';

const recordsText = (count: number): string => (count === 1 ? '1 record' : `${count} records`);

export const deadLetters: AlertKind = {
  severity: 'warning',
  title: () => 'Dead letters wait',
  about: {
    when: 'records that a consumer group can not read lie in its dead-letter topic, and were not sent back (`coalmine dlq` shows them)',
    over: 'all were sent back (`coalmine dlq replay`), or are there no more',
  },
  standing: ({ pipeline, nowMs }) =>
    pipeline?.deadLetters?.flatMap(({ group, waiting }) => {
      if (waiting === 0) return [];
      const fact = factOf({
        key: `dead-letters|${group}`,
        event: 'dead-letters',
        severity: 'warning',
        agent: null,
        sinceMs: nowMs,
        summary: `${group} could not read ${recordsText(waiting)}; they lie in ${deadLetterTopic(group)}`,
        value: waiting,
        threshold: 0,
      });
      return [fact];
    }) ?? null,
};
