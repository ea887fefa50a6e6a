import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf, isReplayed } from './facts.ts';
import type { Input } from './input-file.ts';
import { allInputs } from './inputs.ts';
import { startWorld, type World } from './world.ts';

/** Some inputs wait for a time-out; the others need not wait for them. */
const AT_ONCE = 12;
const INPUTS = allInputs();

let world: World;
const results = new Map<string, ReturnType<typeof factsOf>>();
const faults = new Map<string, unknown>();

const run = async (input: Input): Promise<void> => {
  try {
    const [played, replayed] = await Promise.all([
      world.play(input),
      isReplayed(input) ? world.replay(input) : Promise.resolve(null),
    ]);
    results.set(input.id, factsOf(input, played, replayed));
  } catch (error) {
    faults.set(input.id, error);
  }
};

beforeAll(async () => {
  world = await startWorld();
  await pLimit(AT_ONCE).map(INPUTS, run);
}, 60_000);
afterAll(() => world.close());

/** What an input came to, or was to come to: a fact by its name. */
const column = (facts: ReturnType<typeof factsOf>, at: 1 | 2) =>
  Object.fromEntries(facts.map((fact) => [fact[0], fact[at]]));

describe('the corpus', () => {
  it('has every kind, and inputs enough', () => {
    expect(new Set(INPUTS.map(({ id }) => id.slice(0, id.indexOf('/'))))).toEqual(
      new Set([
        'falling-back',
        'feedback',
        'own-protocols',
        'paths',
        'media-types',
        'redaction',
        'stream-ends',
        'tool-calls',
        'usage',
        'what-is-an-answer',
        'who-is-who',
      ]),
    );
    expect(INPUTS.length).toBeGreaterThanOrEqual(160);
  });

  it.each(INPUTS.map(({ id, title }) => [id, title]))('%s: %s', (id) => {
    if (faults.has(id)) throw faults.get(id);
    const facts = results.get(id)!;
    expect(column(facts, 1)).toEqual(column(facts, 2));
  });
});
