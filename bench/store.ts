import { ALL } from '../schemas/whole-slice.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createStoreReader } from '../controller/store/reader.io.ts';
import { openStore, openToRead } from '../controller/store/store-file.io.ts';
import type { FoldEvent, StoreWriter } from '../controller/store/store-writer.ts';
import type { StoreReader } from '../controller/store/store-reader.ts';
import { STORE_FILE } from '../controller/store/tables.ts';
import { createWriter } from '../controller/store/writer.io.ts';
import { createCodec } from '../platform/kafka/codec.ts';
import { createMemoryRegistry } from '../platform/kafka/schema-registry.ts';
import { EXCHANGES, SCORES } from '../schemas/topics.ts';
import { makeRecords } from './store/made-records.ts';

/**
 * The controller's store with a million scores: what a fold takes beside decoding the same records, what it all takes on disk, and how long each page
 * takes: `node bench/store.ts [--exchanges 100000] [--calls 50] [--seed 1] [--json]`. Each call opens the file anew, so that
 * nothing of it is in SQLite's own cache; it is in the system's. `cpuMs` is with opening it. With --json the last line is
 * {exchanges, scores, bytes, fillSeconds, foldUs, decodeUs, queries: [{query, medianMs, p99Ms, cpuMs, rows}]}.
 */
const { values } = parseArgs({
  options: {
    exchanges: { type: 'string', default: '100000' },
    calls: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [exchanges, calls, seed] = [values.exchanges, values.calls, values.seed].map(Number) as [number, number, number];
const WEEK_MS = 7 * 86_400_000;
const NOW_MS = 1_800_000_000_000;
const START_MS = NOW_MS - WEEK_MS;
const BATCH = 500;
const WINDOWS = WEEK_MS / 60_000;
const DECODED = 2_000;

const made = makeRecords(seed, START_MS, Math.floor(WEEK_MS / exchanges));
const say = (line: string): void => void (values.json || console.log(line));

let offset = 0;
const take = <E>(writer: StoreWriter, fold: FoldEvent<E>, events: readonly E[]): void => {
  const records = events.map((event) => {
    const value = { source: 'bench', sequence: 1, timeMs: NOW_MS, event, tick: null };
    return { offset: (offset += 1), timestampMs: NOW_MS, value };
  });
  writer.take({ topic: 'coalmine.bench', partition: 0, records }, fold, 0);
};

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Fills a store; CPU µs of the folds of an exchange and its sheet, without making these. */
const fill = (file: string): { foldUs: number; bytes: number; fillSeconds: number } => {
  const { db } = openStore(file);
  const writer = createWriter(db);
  const { folds } = writer;
  let foldedUs = 0;
  const beganMs = performance.now();
  for (let from = 0; from < exchanges; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, exchanges - from) }, (_, i) => from + i);
    const batch = numbers.map(made.exchange);
    const sheets = batch.map((one, i) => made.sheet(one, from + i, null));
    const beganUs = cpuUs();
    take(writer, folds.exchange, batch);
    take(writer, folds.sheet, sheets);
    foldedUs += cpuUs() - beganUs;
    const replayed = batch.filter((_, i) => i % 10 === 0);
    take(
      writer,
      folds.shadow,
      replayed.map((one, i) => made.shadow(one, from + 10 * i)),
    );
    take(
      writer,
      folds.sheet,
      replayed.map((one, i) => made.sheet(one, from + 10 * i, `shadow ${from + 10 * i}`)),
    );
  }
  for (let i = 0; i < WINDOWS; i += BATCH)
    for (const arm of ['stable', 'candidate'] as const)
      take(
        writer,
        folds.window,
        Array.from({ length: Math.min(BATCH, WINDOWS - i) }, (_, k) => made.window(i + k, arm)),
      );
  const bytes = writer.usedBytes();
  writer.close();
  return { foldUs: foldedUs / exchanges, bytes, fillSeconds: (performance.now() - beganMs) / 1_000 };
};

/** CPU µs that decoding an exchange and its sheet takes, as a bare consumer does. */
const decoding = async (): Promise<number> => {
  const codec = createCodec(createMemoryRegistry());
  const stamp = { source: 'bench', sequence: 1, timeMs: NOW_MS, tick: null };
  const [encodeExchange, encodeSheet] = [await codec.encoder(EXCHANGES), await codec.encoder(SCORES)];
  const all = Array.from({ length: DECODED }, (_, i) => made.exchange(i));
  const bytes = all.map((event) => encodeExchange({ ...stamp, event }));
  const sheets = all.map((one, i) => encodeSheet({ ...stamp, event: made.sheet(one, i, null) }));
  const decodeExchange = await codec.decoder(EXCHANGES, bytes);
  const decodeSheet = await codec.decoder(SCORES, sheets);
  const once = (): void => {
    for (const one of bytes) decodeExchange(one);
    for (const one of sheets) decodeSheet(one);
  };
  for (let i = 0; i < 3; i += 1) once();
  const beganUs = cpuUs();
  for (let i = 0; i < 5; i += 1) once();
  return (cpuUs() - beganUs) / (5 * DECODED);
};

const agents = ['support'];
const page = <Q extends object>(query: Q) => ({ agents, query: { limit: 50, ...query }, after: null });
const rollout = 'support-v2#3';
const slice = 'topic=refund';
const MIDDLE_MS = START_MS + WEEK_MS / 2;

type Query = [name: string, ask: (reader: StoreReader) => readonly unknown[]];
const QUERIES: readonly Query[] = [
  ['exchanges, latest', (r) => r.exchanges(page({})).exchanges],
  ['exchanges, latest 500', (r) => r.exchanges(page({ limit: 500 })).exchanges],
  ['exchanges of a rollout', (r) => r.exchanges(page({ rollout })).exchanges],
  [
    'exchanges by arm, outcome and slice',
    (r) => r.exchanges(page({ arm: 'candidate', outcome: 'ok', slice })).exchanges,
  ],
  ['exchanges with a low score', (r) => r.exchanges(page({ metric: 'empathy', below: 0.1 })).exchanges],
  ['exchanges with a score that none has', (r) => r.exchanges(page({ metric: 'empathy', below: -1 })).exchanges],
  ['exchanges of a day', (r) => r.exchanges(page({ since: MIDDLE_MS, until: MIDDLE_MS + 86_400_000 })).exchanges],
  ['exchanges, the page in the middle', (r) => r.exchanges({ ...page({}), after: { by: MIDDLE_MS, no: 1 } }).exchanges],
  ['one exchange with all of it', (r) => [r.exchange({ agents, id: made.exchange(exchanges / 2).exchangeId })]],
  ['scores, latest', (r) => r.scores(page({})).scores],
  ['scores of a metric in a range', (r) => r.scores(page({ metric: 'refusal', below: 0.2, above: 0.1 })).scores],
  ['scores of a metric, none of which is so low', (r) => r.scores(page({ metric: 'refusal', below: -1 })).scores],
  ['scores of a rollout that has none', (r) => r.scores(page({ rollout: 'none' })).scores],
  [
    'shadows, worst first',
    (r) => r.shadows(page({ order: 'worst' as const, kind: 'shadow' as const, rollout })).shadows,
  ],
  [
    'shadows, worst in a metric',
    (r) => r.shadows(page({ order: 'worst' as const, kind: 'shadow' as const, metric: 'empathy', rollout })).shadows,
  ],
  ['shadows, latest', (r) => r.shadows(page({ order: 'newest' as const, kind: 'shadow' as const })).shadows],
  [
    'latency of two arms, minute by minute for a week',
    (r) => r.windows({ query: { agent: 'support', metric: 'latency', slice: ALL, kind: 'live' } }).series,
  ],
];

const quantileOf = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0;

const timed = (file: string, [query, ask]: Query) => {
  let rows = 0;
  const beganUs = cpuUs();
  const times = Array.from({ length: calls }, () => {
    const db = openToRead(file);
    const reader = createStoreReader(db);
    const beganMs = performance.now();
    rows = ask(reader).length;
    const tookMs = performance.now() - beganMs;
    db.close();
    return tookMs;
  }).sort((a, b) => a - b);
  const cpuMs = (cpuUs() - beganUs) / 1_000 / calls;
  return { query, medianMs: quantileOf(times, 0.5), p99Ms: quantileOf(times, 0.99), cpuMs, rows };
};

const folder = mkdtempSync(path.join(tmpdir(), 'coalmine-bench-store-'));
try {
  const file = path.join(folder, STORE_FILE);
  say(`filling a store with ${exchanges} exchanges and ${exchanges * 10} scores …`);
  const filled = fill(file);
  const decodeUs = await decoding();
  say(
    `${Math.round(filled.bytes / 1e6)} MB; ${Math.round(filled.foldUs)} µs CPU an exchange with its sheet of ten scores, beside ${Math.round(decodeUs)} µs to decode both: ${((filled.foldUs + decodeUs) / decodeUs).toFixed(2)} times a bare consumer`,
  );
  const queries = QUERIES.map((query) => {
    const result = timed(file, query);
    const { medianMs, p99Ms, cpuMs, rows } = result;
    say(
      `${query[0].padEnd(52)} ${medianMs.toFixed(1).padStart(8)} ms  p99 ${p99Ms.toFixed(1).padStart(8)} ms  CPU ${cpuMs.toFixed(1).padStart(6)} ms  ${rows} rows`,
    );
    return result;
  });
  if (values.json) console.log(JSON.stringify({ exchanges, scores: exchanges * 10, ...filled, decodeUs, queries }));
} finally {
  rmSync(folder, { recursive: true });
}
