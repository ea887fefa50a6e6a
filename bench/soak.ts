import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { rssMbOf } from './front-door/machine.ts';

/**
 * Whether the front door stands up to abuse: an ingress in a process of its own, and for some minutes everything that
 * soak-load.harness.ts has against it, beside clients that behave.
 *
 *   npm run bench -- soak [--minutes 10] [--seed N] [--json]
 *
 * Kafka and Redis are away, so that the publisher waits; the journal is at its cap before the first minute is over. The
 * last line on stdout is {"minutes","seed","rss":{"firstMb","lastMb","peakMb","slopeMbPerMinute","standardError"},
 * "slowReaders","honest","honestFailures","abuses","socketAbuses","faults","crashes"}. Exit code 1: a crash, a fault, or
 * an honest client that was let down.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const WARM_UP_S = 60;
const SLOW_READERS = 1_000;
/** Shorter runs have not even one warm minute. */
if (!(minutes >= 2)) throw new Error('--minutes must be 2 or more: the first is for warming up');

const POLICY = `apiVersion: coalmine/v1
kind: IngressPolicy
metadata: { name: soak }
spec:
  access: { anonymous: {} }
  limits: { maxBodyBytes: 100000 }
  defaults: { capture: { mode: full } }
`;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

type Load = { honest: number; honestFailures: string[]; abuses: number; socketAbuses: number; faults: string[] };
const nextMessage = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('the load ended by itself')));
  });

const viewOf = (agent: string, upstream: string) => ({
  agent,
  sequence: 1,
  rollout: 'r',
  salt: 's',
  arms: ['stable', 'candidate'].map((name, i) => ({ name, version: `v${i + 1}`, upstream, weight: 50 })),
  versions: ['v1', 'v2'].map((label) => ({
    label,
    id: label,
    upstream,
    promptUsdPerMillion: 1,
    completionUsdPerMillion: 2,
  })),
  rules: { betaSubjects: [] },
  shadow: null,
  shadowTools: 'pass',
  judging: null,
  slices: [],
  issuedAt: 1,
});

const startIngress = async (folder: string, views: readonly unknown[]) => {
  const dataDir = path.join(folder, 'data');
  mkdirSync(dataDir);
  writeFileSync(path.join(dataDir, 'routing.json'), JSON.stringify(views));
  writeFileSync(path.join(folder, 'policy.yaml'), POLICY);
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../ingress/main.ts')], {
    env: {
      ...process.env,
      KAFKA_BROKERS: '127.0.0.1:9',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9',
      REDIS_URL: 'redis://127.0.0.1:9',
      INGRESS_PORT: '0',
      INGRESS_DATA_DIR: dataDir,
      INGRESS_POLICY: path.join(folder, 'policy.yaml'),
      INGRESS_JOURNAL_CAP_BYTES: String(16 * 1_048_576),
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const last: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the ingress did not start:\n${last.join('\n')}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      last.push(line);
      if (last.length > 20) last.shift();
      const listening = /"port":(\d+),"msg":"listening/.exec(line);
      if (listening) resolve(Number(listening[1]));
    });
  });
  return { child, port, last };
};

/** Ordinary least squares, and the slope's standard error as if the samples were independent. */
const slopeOf = (samples: readonly { x: number; y: number }[]): { slope: number; standardError: number } => {
  const n = samples.length;
  const mean = (of: (sample: { x: number; y: number }) => number): number =>
    samples.reduce((sum, s) => sum + of(s), 0) / n;
  const [xMean, yMean] = [mean(({ x }) => x), mean(({ y }) => y)];
  const sxx = samples.reduce((sum, { x }) => sum + (x - xMean) ** 2, 0);
  const slope = samples.reduce((sum, { x, y }) => sum + (x - xMean) * (y - yMean), 0) / sxx;
  const squares = samples.reduce((sum, { x, y }) => sum + (y - yMean - slope * (x - xMean)) ** 2, 0);
  return { slope, standardError: Math.sqrt(squares / (n - 2) / sxx) };
};
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
const middle = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Resident memory each second; its first and last values are medians of 10 s. */
const sample = async (child: ChildProcess, burst: () => void) => {
  const warm: { x: number; y: number }[] = [];
  let peakMb = 0;
  for (let second = 1; second <= minutes * 60 && child.exitCode === null && child.signalCode === null; second++) {
    await sleep(1_000);
    const rssMb = rssMbOf([child.pid!]) ?? Number.NaN;
    peakMb = Math.max(peakMb, rssMb);
    if (second === 20) burst();
    if (second > WARM_UP_S) warm.push({ x: second / 60, y: rssMb });
    if (second % 30 === 0) say(`${second} s: ${Math.round(rssMb)} MB`);
  }
  const { slope, standardError } = slopeOf(warm);
  const mb = warm.map(({ y }) => y);
  return {
    firstMb: rounded(middle(mb.slice(0, 10))),
    lastMb: rounded(middle(mb.slice(-10))),
    peakMb: rounded(peakMb),
    slopeMbPerMinute: rounded(slope),
    standardError: rounded(standardError),
  };
};

const soak = async (folder: string): Promise<boolean> => {
  const load = fork(path.join(import.meta.dirname, 'soak-load.harness.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const urls = (await nextMessage(load)) as { upstream: string; pausing: string; sockets: string };
  const ingress = await startIngress(folder, [
    viewOf('support', `${urls.upstream}/v1`),
    viewOf('pausing', urls.pausing),
    viewOf('sockets', urls.sockets),
  ]);
  say(`soak: seed ${seed}, ${minutes} minutes, the ingress is process ${ingress.child.pid}`);
  load.send({ port: ingress.port, seed });
  const rss = await sample(ingress.child, () => void load.send({ burst: SLOW_READERS }));
  const crashes = ingress.child.exitCode === null && ingress.child.signalCode === null ? 0 : 1;
  if (crashes > 0) say(`the ingress ended:\n${ingress.last.join('\n')}`);
  load.send({ stop: true });
  const found = (await nextMessage(load)) as Load;
  const ended = new Promise<void>((resolve) => ingress.child.once('exit', () => resolve()));
  if (crashes === 0) {
    ingress.child.kill('SIGTERM');
    await ended;
  }
  for (const line of [...found.faults, ...found.honestFailures].slice(0, 20)) say(line);
  const counts = {
    honest: found.honest,
    honestFailures: found.honestFailures.length,
    abuses: found.abuses,
    socketAbuses: found.socketAbuses,
    faults: found.faults.length,
    crashes,
  };
  if (!values.json) console.table({ ...rss, ...counts });
  console.log(JSON.stringify({ minutes, seed, rss, slowReaders: SLOW_READERS, ...counts }));
  return crashes + counts.faults + counts.honestFailures === 0;
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const folder = mkdtempSync(path.join(tmpdir(), 'coalmine-soak-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.exitCode = (await soak(folder)) ? 0 : 1;
