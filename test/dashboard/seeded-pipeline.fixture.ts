import { noPipeline } from '../../controller/test/no-operating.fixture.ts';
import type { Pipeline } from '../../controller/pipeline/pipeline.ts';
import { HOSTILE } from './hostile.fixture.ts';

/** A pipeline of which one group falls behind and could not decode something. */
export const seededPipeline = (nowMs: number): Pipeline => ({
  ...noPipeline,
  lag: async () => ({
    ok: {
      timeMs: nowMs,
      lag: [
        ['coalmine-judge', 'coalmine.exchanges', 4_210, 95_000, 12.5],
        ['coalmine-analyzer', 'coalmine.scores', 3, 400, 0],
        ['coalmine-mirror', 'coalmine.exchanges', 0, null, null],
      ].map(([group, topic, behind, waitedMs, trendPerSecond]) => ({
        group: String(group),
        topic: String(topic),
        behind: Number(behind),
        waitedMs: waitedMs === null ? null : Number(waitedMs),
        trendPerSecond: trendPerSecond === null ? null : Number(trendPerSecond),
        state: 'Stable',
        members: 1,
        partition: null,
        committed: null,
        end: 90_000,
      })),
    },
  }),
  letters: async () => ({
    ok: {
      deadLetters: [
        {
          topic: 'coalmine.judge.dlq',
          group: 'coalmine-judge',
          partition: 0,
          offset: 7,
          origin: { topic: 'coalmine.exchanges', partition: 2, offset: 1_204, timestampMs: nowMs - 60_000 },
          reason: `no such schema ${HOSTILE.image}`,
          timestampMs: nowMs - 50_000,
          isReplayed: false,
          sizeBytes: 812,
        },
      ],
      last: null,
    },
  }),
  replay: async ({ group, dryRun }) => ({
    ok: {
      group,
      dryRun,
      fates: { replayed: 1, 'already replayed': 0, 'still not decodable': 0, 'of unknown origin': 0 },
      failed: 0,
    },
  }),
});
