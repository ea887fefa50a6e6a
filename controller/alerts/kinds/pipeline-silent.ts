import type { AlertKind } from '../alert-kind.ts';
import { factOf } from '../alert-kind.ts';
import { SILENT_AFTER_MS } from '../pipeline.ts';

export const pipelineSilent: AlertKind = {
  severity: 'critical',
  title: () => 'The pipeline is silent',
  about: {
    when: 'a service has put nothing on its topic for two minutes, not even the ticks that it writes without traffic',
    over: 'it writes again',
  },
  standing: ({ pipeline, nowMs }) =>
    pipeline === null
      ? null
      : pipeline.silent.map(({ topic, writers }) =>
          factOf({
            key: `pipeline-silent|${topic}`,
            event: 'pipeline-silent',
            severity: 'critical',
            agent: null,
            sinceMs: nowMs - SILENT_AFTER_MS,
            summary: `nothing has come on ${topic} for ${SILENT_AFTER_MS / 60_000} minutes; look after ${writers.join(', ')}`,
            threshold: SILENT_AFTER_MS / 1_000,
          }),
        ),
};
