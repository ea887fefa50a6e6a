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
  throughput: async () => ({
    ok: {
      timesMs: Array.from({ length: 60 }, (_, i) => nowMs - (60 - i) * 15_000),
      topics: [
        { topic: 'coalmine.exchanges', perSecond: Array.from({ length: 60 }, (_, i) => 42 + (i % 7)) },
        { topic: 'coalmine.scores', perSecond: Array.from({ length: 60 }, (_, i) => (i < 3 ? null : 30 + (i % 4))) },
      ],
      groups: [
        ...['coalmine-judge', 'coalmine-mirror'].map((group) => ({
          group,
          topic: 'coalmine.exchanges',
          perSecond: Array.from({ length: 60 }, (_, i) => (group === 'coalmine-judge' ? 31.5 : 42) + (i % 5)),
        })),
        { group: 'coalmine-analyzer', topic: 'coalmine.scores', perSecond: Array.from({ length: 60 }, () => 31) },
      ],
    },
  }),
  waitingLetters: async () => ({
    ok: [
      { group: 'coalmine-judge', waiting: 12 },
      { group: 'coalmine-mirror', waiting: 0 },
    ],
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
  replay: async ({ group, dryRun, at }) => ({
    ok: {
      group,
      dryRun,
      fates:
        at.length > 0
          ? { replayed: at.length, 'already replayed': 0, 'still not decodable': 0, 'of unknown origin': 0 }
          : { replayed: 9, 'already replayed': 3, 'still not decodable': 2, 'of unknown origin': 1 },
      failed: 0,
    },
  }),
});
