import { expect, it } from 'vitest';
import { CUTTER_FUZZ } from './cutter-fuzz.ts';
import { type Fuzzer, tryCases } from './fuzzer.ts';
import { HTTP1_FUZZ } from './http1-fuzz.ts';
import { RELAY_FUZZ } from './relay-fuzz.ts';

/** The short version of `npm run fuzz`; `FUZZ_SEED` repeats a run. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
process.stderr.write(`differential fuzz: FUZZ_SEED=${SEED}\n`);

const CASES: readonly [what: string, fuzzer: Fuzzer, cases: number][] = [
  ['cuts a stream where eventsource-parser sees its events end', CUTTER_FUZZ, 4_000],
  ['reads a response as undici does, or refuses it', HTTP1_FUZZ, 400],
  ['relays, keeps and reads every answer of the corpus the same however its bytes come', RELAY_FUZZ, 200],
];

it.each(CASES)(`%s (seed ${SEED})`, { timeout: 60_000 }, async (_, fuzzer, cases) => {
  const started = await fuzzer.start();
  try {
    expect(await tryCases(fuzzer, started.run, SEED, [0, cases])).toBeNull();
  } finally {
    await started.close();
  }
});
