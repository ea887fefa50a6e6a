import type { Calls } from './calls.ts';
import type { Lab } from './lab.ts';
import { setUp, STORY } from './setup.ts';
import { joined, measureAnalyzer, measureJudge, writeBacklog } from './stages.ts';
import { scoresIn, windowsIn } from './windows.ts';

/**
 * One, two and four members of a group on four partitions: how much faster, and whether what they write is the same. Members
 * take turns on the two cores, the second of which Kafka has as well, so four can't be four times as fast here.
 */

const MEMBERS = [1, 2, 4];

type Options = { exchanges: number; isJson: boolean; say: (line: string) => void };

/** Texts that are in one of two sets alone. */
const differing = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
  [...a].filter((text) => !b.has(text)).length + [...b].filter((text) => !a.has(text)).length;

/** Resolves with the exit code: 1 if members together write something else than one alone. */
export const measureMembers = async (
  labs: readonly Lab[],
  calls: Calls,
  upstreams: { v1: string; v2: string },
  { exchanges, isJson, say }: Options,
): Promise<number> => {
  const rows: { checkout: string; stage: string; members: number; perSecond: number; differing: number }[] = [];
  const notes: string[] = [];
  const losses: string[] = [];
  for (const lab of labs) {
    const setup = await setUp(lab, calls, STORY, upstreams);
    const written = await writeBacklog(lab, setup, exchanges, 0);
    let input = written.exchanges;
    let alone = new Set<string>();
    const take = (stage: string, members: number, perSecond: number, wrote: Set<string>): void => {
      if (members === 1) alone = wrote;
      rows.push({
        checkout: lab.name,
        stage,
        members,
        perSecond: Math.round(perSecond),
        differing: differing(alone, wrote),
      });
      say(`${lab.name}: ${members} of ${stage}: ${Math.round(perSecond)} exchanges/s`);
    };
    for (const members of MEMBERS) {
      const { run, scores } = await measureJudge(lab, setup, written, members);
      notes.push(...run.notes);
      losses.push(...run.losses);
      if (members === 1) input = joined(written.exchanges, scores);
      take('judge', members, run.perSecond, await scoresIn(lab));
    }
    for (const members of MEMBERS) {
      const { run } = await measureAnalyzer(lab, setup, written, input, members);
      notes.push(...run.notes);
      losses.push(...run.losses);
      const texts = [...(await windowsIn(lab)).values()].map((row) => JSON.stringify(row));
      take('analyzer', members, run.perSecond, new Set(texts));
    }
  }
  console.table(rows);
  for (const note of notes) console.log(`note: ${note}`);
  for (const loss of losses) console.log(`missing: ${loss}`);
  if (isJson) console.log(JSON.stringify({ members: rows }));
  return rows.some((row) => row.differing > 0) || losses.length > 0 ? 1 : 0;
};
