import { STOPPED } from '../../schemas/envelope.ts';
import { EXCHANGES, SCORES, SHADOWS } from '../../schemas/topics.ts';
import { spanText } from '../output/moments.ts';
import { partitionsOf, withTopics } from '../topics.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const { ok, warn } = findingsOf('clocks');
const LOOK_BACK_MS = 120_000;
/** A writer ticks every second. */
const SILENT_MS = 30_000;
const AHEAD_MS = 3_000;

/** The last tick of one writer of a topic. */
export type Source = { topic: string; source: string; timeMs: number; isStopped: boolean };

const nameOf = ({ topic, source }: Source): string => `${source} (${topic})`;

/** Each tick bears its writer's time: one that is to come is a clock that runs ahead, and none for a while a writer that is gone. */
export const sourceFindings = (sources: readonly Source[], nowMs: number): Finding[] => {
  const going = sources.filter(({ isStopped }) => !isStopped);
  const ahead = going.filter(({ timeMs }) => timeMs > nowMs + AHEAD_MS);
  const silent = going.filter(({ timeMs }) => timeMs < nowMs - SILENT_MS);
  if (going.length === 0) return [warn('no service has written a tick in the last two minutes', 'start the services')];
  if (ahead.length + silent.length === 0) return [ok(`the ticks of ${going.length} writers are of now`)];
  return [
    ...ahead.map((one) =>
      warn(`the clock of ${nameOf(one)} is ${spanText(one.timeMs - nowMs)} ahead of this machine`, 'run NTP on both'),
    ),
    ...silent.map((one) =>
      warn(
        `${nameOf(one)} has been silent for ${spanText(nowMs - one.timeMs)}`,
        'it ended without a word, or its clock is behind',
      ),
    ),
  ];
};

export const sourcesCheck: Check = {
  name: 'clocks',
  about: 'the clocks of the services, by what they write every second',
  run: (url) =>
    withTopics(
      'doctor',
      async (bus) => {
        const last = new Map<string, Source>();
        for (const topic of [EXCHANGES, SHADOWS, SCORES]) {
          await partitionsOf(bus, topic);
          const from = await bus.offsetSince(topic, 0, Date.now() - LOOK_BACK_MS);
          await bus.readToEnd<{ source: string; timeMs: number; tick: { counters: Record<string, number> } | null }>(
            topic,
            0,
            from,
            ({ value: { source, timeMs, tick } }) => {
              if (tick === null) return;
              const isStopped = tick.counters[STOPPED] === 1;
              last.set(`${topic.name} ${source}`, { topic: topic.name, source, timeMs, isStopped });
            },
          );
        }
        return sourceFindings([...last.values()], Date.now());
      },
      url,
    ),
};
