import type { AlertKind } from '../alert-kind.ts';
import { factOf } from '../alert-kind.ts';
import { DEAD_LETTER_QUIET_MS } from '../pipeline.ts';

export const deadLetters: AlertKind = {
  severity: 'warning',
  title: () => 'Dead letters arrive',
  about: {
    when: 'a consumer group met records that it can not read, within the last hour (`coalmine dlq` shows them)',
    over: 'an hour has gone by without any',
  },
  standing: ({ pipeline, nowMs }) =>
    pipeline === null
      ? null
      : pipeline.deadLetters.flatMap(({ group, recent }) => {
          if (recent === 0) return [];
          const fact = factOf({
            key: `dead-letters|${group}`,
            event: 'dead-letters',
            severity: 'warning',
            agent: null,
            sinceMs: nowMs,
            summary: `${group} could not read ${recent} ${recent === 1 ? 'record' : 'records'} of the last ${DEAD_LETTER_QUIET_MS / 60_000} minutes`,
            value: recent,
            threshold: 0,
          });
          return [fact];
        }),
};
