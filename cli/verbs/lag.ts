import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { createGroupOffsets, type GroupOffsets } from '../../platform/kafka/group-offsets.ts';
import { type LagRow, lookAtLag } from '../../platform/kafka/lag-rows.ts';
import type { Group } from '../../schemas/topics.ts';
import { lagLines } from '../offsets/lag-table.ts';
import { print, printJson } from '../output/print.ts';
import { withKafka } from '../topics.ts';
import { groupName } from './group-name.ts';
import { duration } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean; group?: Group; partitions: boolean; watch?: number | true };

const EVERY_MS = 2_000;

const look = (offsets: GroupOffsets, { group, partitions }: Options): Promise<LagRow[]> =>
  lookAtLag(offsets, { group, isByPartition: partitions, nowMs: () => Date.now() });

const goOn = async (offsets: GroupOffsets, options: Options, everyMs: number): Promise<never> => {
  const { stdout } = process;
  const draw = stdout.isTTY && !options.json ? createLogUpdate(stdout, { showCursor: true }) : null;
  let before: LagRow[] = [];
  let beforeMs = performance.now();
  for (;;) {
    const rows = await look(offsets, options);
    const nowMs = performance.now();
    const lines = lagLines(rows, before, nowMs - beforeMs);
    if (options.json) printJson({ timeMs: Date.now(), lag: rows });
    else if (draw === null) print(...lines, '');
    else draw(lines.map((line) => line.slice(0, stdout.columns || 120)).join('\n'));
    [before, beforeMs] = [rows, nowMs];
    await sleep(everyMs);
  }
};

const once = async (offsets: GroupOffsets, options: Options): Promise<void> => {
  const rows = await look(offsets, options);
  if (options.json) printJson({ lag: rows });
  else print(...lagLines(rows));
};

const show = (options: Options): Promise<void> => {
  const { watch, url } = options;
  const run = (offsets: GroupOffsets): Promise<void> =>
    watch === undefined ? once(offsets, options) : goOn(offsets, options, watch === true ? EVERY_MS : watch);
  return withKafka(createGroupOffsets, run, url);
};

export const lag: Verb = {
  name: 'lag',
  summary: 'shows how far behind each consumer group is',
  examples: ['npx coalmine lag', 'npx coalmine lag --group judge --partitions', 'npx coalmine lag --watch 5s'],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Shows of each consumer group its members, how many records it has not read yet, how long the oldest of them has waited, and with --watch whether they become more.',
      )
      .option('--group <name>', 'only this one: mirror, judge, analyzer, analyzer-merge, controller', groupName)
      .option('--partitions', 'each partition by itself, with its offsets', false)
      .option('--watch [duration]', 'again and again, by default every 2s; with --json NDJSON', duration)
      .action(show);
  },
};
