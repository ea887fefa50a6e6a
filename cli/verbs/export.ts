import { existsSync } from 'node:fs';
import { Argument, InvalidArgumentError } from 'commander';
import { readSince } from '../calibration/read-log.ts';
import { print, printJson, say } from '../output/print.ts';
import { FLAT_KINDS } from '../records/columns.ts';
import { createParquetFile } from '../records/parquet-file.ts';
import { withTopics } from '../topics.ts';
import { duration, fileToWrite } from './option-values.ts';
import { type Verb, withJson, withUrl } from './verb.ts';

type Options = { url: string; json: boolean; since: number; out: string; agent?: string; force: boolean };

const parquet = (text: string): string => {
  if (!text.endsWith('.parquet')) throw new InvalidArgumentError('give a file that ends in .parquet');
  return fileToWrite(text);
};

const write = async (what: string, { url, json, since, out, agent, force }: Options): Promise<void> => {
  if (existsSync(out) && !force) throw new Error(`${out} is there already; take another name, or say --force`);
  const kind = FLAT_KINDS[what]!;
  const file = createParquetFile(out, kind);
  // Copies of an event stand in one partition.
  const seen = new Set<string>();
  let [rows, current] = [0, 0];
  try {
    await withTopics(
      'export',
      (bus) =>
        readSince(
          bus,
          kind.topic,
          Date.now() - since,
          (partition, record) => {
            if (partition !== current) seen.clear();
            current = partition;
            for (const event of kind.events(record)) {
              if (agent !== undefined && kind.agent(event) !== agent) continue;
              const id = kind.id(event);
              if (seen.has(id)) continue;
              seen.add(id);
              rows += 1;
              file.add(event);
            }
          },
          (done, partitions, records) =>
            say(`${kind.topic.name}: ${done} of ${partitions} partitions, ${records} records`),
        ),
      url,
    );
    file.finish();
  } catch (error) {
    file.abandon();
    throw error;
  }
  if (json) printJson({ file: out, rows });
  else print(`${rows} ${what} written to ${out}`);
};

export const exportRecords: Verb = {
  name: 'export',
  summary: 'writes scores or exchanges as a table to a file',
  examples: [
    'npx coalmine export scores --since 7d --out scores.parquet',
    'npx coalmine export exchanges --since 1d --agent support --out exchanges.parquet',
  ],
  define: (command) => {
    withJson(withUrl(command))
      .description(
        'Writes scores (one row for each metric of each answer), or exchanges without their bodies, to a Parquet file that DuckDB, pandas and the like read. Each once, however often it stands in the log.',
      )
      .addArgument(new Argument('<what>', 'which').choices(Object.keys(FLAT_KINDS)))
      .requiredOption('--since <duration>', 'those of this time: 7d, 12h', duration)
      .requiredOption('--out <file>', 'to be written, ends in .parquet', parquet)
      .option('--agent <name>', 'only of this agent')
      .option('--force', 'replace the file if it is there', false)
      .action(write);
  },
};
