import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openRawClient, startFixedServer } from './raw-http.ts';

/**
 * What the front door costs: the same load on the upstream directly and through the ingress (capture and journal on), in
 * turn within one run. `node bench/front-door.ts [--rounds 3] [--seconds 4] [--json]`. The ingress has core 0 to itself,
 * load and upstream share core 1, so the highest rate is at most what they leave of that core: the CPU time of the
 * ingress' main thread per request says what it could do. Kafka is not there: the publisher waits, the journal grows.
 * With --json the last line is {"direct":{"rps","p50Ms","p99Ms"},"ours":{…,"cpuUsPerRequest"},"addedP50Ms","addedP99Ms"}.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
    role: { type: 'string', default: 'load' },
  },
});

const CONNECTIONS = 64;
const OPEN_LOOP_PER_SECOND = 200;
const CLOCK_TICK_US = 10_000;

const answer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'fox '.repeat(60) } }],
  usage: { prompt_tokens: 42, completion_tokens: 36, total_tokens: 78 },
});
const requestOf = (i: number): Buffer => {
  const messages = [{ role: 'user', content: 'quick brown '.repeat(35) }];
  const body = JSON.stringify({ model: 'bench', user: `user-${i}`, metadata: { lang: 'en' }, messages });
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'host: bench',
    'content-type: application/json',
    'user-agent: bench',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
};
const requests = Array.from({ length: 512 }, (_, i) => requestOf(i));

const pin = (pid: number, core: number): void => {
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
  } catch {
    process.stderr.write('taskset is not there: nothing is pinned, and the figures say less\n');
  }
};

const firstMatch = (child: ChildProcess, pattern: RegExp): Promise<number> =>
  new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const match = pattern.exec(line);
        if (match) resolve(Number(match[1]));
      });
    }
    child.once('exit', () => reject(new Error('a child ended before it listened')));
  });

/** User and system time of a process' main thread so far, in microseconds; 0 where there is no /proc. */
const mainThreadUs = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_US;
  } catch {
    return 0;
  }
};

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
const median = (numbers: readonly number[]): number =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );

/** As many requests as 64 connections get through. */
const saturate = async (port: number, seconds: number): Promise<{ requests: number; failed: number }> => {
  const clients = Array.from({ length: CONNECTIONS }, (_, i) => openRawClient(port, requests, i * 7));
  const endsAtMs = performance.now() + seconds * 1000;
  let count = 0;
  let failed = 0;
  await Promise.all(
    clients.map(
      (client) =>
        new Promise<void>((resolve) => {
          const next = (ok: boolean): void => {
            if (ok) count += 1;
            else failed += 1;
            if (performance.now() < endsAtMs && ok) client.send(next);
            else resolve();
          };
          client.send(next);
        }),
    ),
  );
  for (const client of clients) client.close();
  return { requests: count, failed };
};

/** Latencies in ms at 200 requests per second, sent whether or not earlier ones were answered. */
const openLoop = async (port: number, seconds: number): Promise<number[]> => {
  const idle = Array.from({ length: CONNECTIONS }, (_, i) => openRawClient(port, requests, i * 7));
  const clients = [...idle];
  const latencies: number[] = [];
  const total = seconds * OPEN_LOOP_PER_SECOND;
  const startMs = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.floor(((performance.now() - startMs) / 1000) * OPEN_LOOP_PER_SECOND);
    for (; sent < Math.min(due, total); sent++) {
      const client = idle.pop();
      if (!client) continue;
      const sentMs = performance.now();
      client.send(() => {
        latencies.push(performance.now() - sentMs);
        idle.push(client);
      });
    }
    await sleep(1);
  }
  await sleep(200);
  for (const client of clients) client.close();
  return latencies.sort((a, b) => a - b);
};

const startIngress = async (
  upstreamPort: number,
  dataDir: string,
): Promise<{ pid: number; port: number; stop: () => void }> => {
  const upstream = `http://127.0.0.1:${upstreamPort}/v1`;
  const price = { promptUsdPerMillion: 1, completionUsdPerMillion: 2 };
  const view = {
    agent: 'bench',
    sequence: 1,
    rollout: 'r',
    salt: 's',
    arms: [
      { name: 'stable', version: 'v1', upstream, weight: 90 },
      { name: 'candidate', version: 'v2', upstream, weight: 10 },
    ],
    versions: ['v1', 'v2'].map((label) => ({ label, id: label, upstream, ...price })),
    rules: { betaSubjects: [] },
    shadow: null,
    slices: [{ label: 'lang', values: ['en'] }],
    issuedAt: 1,
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(path.join(dataDir, 'routing.json'), JSON.stringify([view]));
  const nowhere = {
    KAFKA_BROKERS: '127.0.0.1:9',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9',
    REDIS_URL: 'redis://127.0.0.1:9',
  };
  const child = spawn(process.execPath, ['ingress/main.ts'], {
    env: { ...process.env, ...nowhere, INGRESS_PORT: '0', INGRESS_DATA_DIR: dataDir, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await firstMatch(child, /"port":(\d+),"msg":"listening/);
  pin(child.pid!, 0);
  return { pid: child.pid!, port, stop: () => void child.kill('SIGKILL') };
};

type Round = { rps: number; failed: number; p50Ms: number; p99Ms: number; cpuUs: number; coreShare: number };

const measure = async (port: number, seconds: number, pid: number): Promise<Round> => {
  const latencies = await openLoop(port, seconds);
  const beforeUs = mainThreadUs(pid);
  const load = await saturate(port, seconds);
  const usedUs = mainThreadUs(pid) - beforeUs;
  const cpuUs = usedUs / load.requests;
  const coreShare = usedUs / seconds / 1e6;
  const { requests: count, failed } = load;
  return {
    rps: count / seconds,
    failed,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuUs,
    coreShare,
  };
};

const summary = (rounds: readonly Round[]) => ({
  rps: Math.round(median(rounds.map((r) => r.rps))),
  p50Ms: Number(median(rounds.map((r) => r.p50Ms)).toFixed(3)),
  p99Ms: Number(median(rounds.map((r) => r.p99Ms)).toFixed(3)),
  cpuUsPerRequest: Math.round(median(rounds.map((r) => r.cpuUs))),
  /** Of core 0: under 1 the ingress waited for load, or others had the core. */
  coreShare: Number(median(rounds.map((r) => r.coreShare)).toFixed(2)),
  failed: rounds.reduce((sum, r) => sum + r.failed, 0),
});

const main = async (): Promise<void> => {
  pin(process.pid, 1);
  const seconds = Number(values.seconds);
  const upstream = spawn(process.execPath, [import.meta.filename, '--role', 'upstream'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const upstreamPort = await firstMatch(upstream, /^(\d+)$/);
  pin(upstream.pid!, 1);
  const dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-bench-'));
  const ingress = await startIngress(upstreamPort, dataDir);
  const results: { direct: Round[]; ours: Round[] } = { direct: [], ours: [] };
  try {
    await saturate(ingress.port, 2);
    for (let round = 0; round < Number(values.rounds); round++) {
      results.direct.push(await measure(upstreamPort, seconds, 0));
      results.ours.push(await measure(ingress.port, seconds, ingress.pid));
    }
  } finally {
    ingress.stop();
    upstream.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const direct = summary(results.direct);
  const ours = summary(results.ours);
  console.table({ direct, ours });
  const addedP50Ms = Number((ours.p50Ms - direct.p50Ms).toFixed(3));
  const addedP99Ms = Number((ours.p99Ms - direct.p99Ms).toFixed(3));
  console.log(`added at ${OPEN_LOOP_PER_SECOND}/s: p50 ${addedP50Ms} ms, p99 ${addedP99Ms} ms`);
  if (values.json) console.log(JSON.stringify({ direct, ours, addedP50Ms, addedP99Ms }));
};

if (values.role === 'upstream') console.log(await startFixedServer(answer));
else await main();
