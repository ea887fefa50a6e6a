import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CUTTER_FUZZ } from './cutter-fuzz.ts';
import { type Found, type Fuzzer, tryCases } from './fuzzer.ts';
import { HTTP1_FUZZ } from './http1-fuzz.ts';
import { RELAY_FUZZ } from './relay-fuzz.ts';

/**
 * Differential fuzz for as long as it is told: `npm run fuzz -- [--minutes 60] [--seed 1] [--only cutter|http1|relay]
 * [--from 0]`. Stops at the first difference, which it saves beside what repeats it.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    from: { type: 'string', default: '0' },
  },
});

const FOLDER = path.resolve(import.meta.dirname, '../../.coalmine/fuzz');
const TELL_EVERY_MS = 30_000;

const fuzzers = [CUTTER_FUZZ, HTTP1_FUZZ, RELAY_FUZZ].filter(({ name }) => name === (values.only ?? name));
const seed = Number(values.seed);
const startedMs = performance.now();
const endsAtMs = startedMs + Number(values.minutes) * 60_000;

const saved = (found: Found): string => {
  mkdirSync(FOLDER, { recursive: true });
  const file = path.join(FOLDER, `${found.fuzzer}-${found.seed}-${found.n}.json`);
  writeFileSync(file, JSON.stringify(found, null, 2));
  return file;
};

type Running = { fuzzer: Fuzzer; started: Awaited<ReturnType<Fuzzer['start']>>; cases: number; ms: number };

const tell = (all: readonly Running[]): void => {
  const rates = all.map(({ fuzzer, cases, ms }) => `${fuzzer.name} ${cases} (${Math.round((cases * 1_000) / ms)}/s)`);
  console.log(`${Math.round((performance.now() - startedMs) / 1_000)} s, seed ${seed}: ${rates.join(', ')}`);
};

const takeTurn = async (running: Running): Promise<Found | null> => {
  const { fuzzer, cases } = running;
  if (cases > 0 && cases % fuzzer.freshAfter === 0) {
    await running.started.close();
    running.started = await fuzzer.start();
  }
  const begunMs = performance.now();
  const first = Number(values.from) + cases;
  const found = await tryCases(fuzzer, running.started.run, seed, [first, first + fuzzer.aTurn]);
  running.cases += fuzzer.aTurn;
  running.ms += performance.now() - begunMs;
  return found;
};

/** One turn of each after the other until the time is over. */
const run = async (): Promise<Found | null> => {
  const all: Running[] = await Promise.all(
    fuzzers.map(async (fuzzer) => ({ fuzzer, started: await fuzzer.start(), cases: 0, ms: 0 })),
  );
  let toldAtMs = startedMs;
  try {
    while (performance.now() < endsAtMs) {
      for (const running of all) {
        const found = await takeTurn(running);
        if (found !== null) return found;
      }
      if (performance.now() - toldAtMs < TELL_EVERY_MS) continue;
      toldAtMs = performance.now();
      tell(all);
    }
    tell(all);
    return null;
  } finally {
    await Promise.all(all.map(({ started }) => started.close()));
  }
};

const found = fuzzers.length === 0 ? null : await run();
if (fuzzers.length === 0) {
  console.error(`there is no fuzz called ${values.only}: cutter, http1, relay`);
  process.exitCode = 2;
} else if (found === null) console.log('no difference');
else {
  console.error(`${found.fuzzer}: ${found.what}`);
  console.error(`saved as ${saved(found)}`);
  console.error(`again: npm run fuzz -- --only ${found.fuzzer} --seed ${found.seed} --from ${found.n}`);
  process.exitCode = 1;
}
