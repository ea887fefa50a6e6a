import { describe, expect, it } from 'vitest';
import { isWhole } from '../../test/whole.ts';
import { play } from './play.ts';
import { CANDIDATES } from './registry.ts';
import { jsonOf, wrongIn } from './report.ts';
import { DEFAULT_SETTING } from './settings.ts';

const named = (...names: string[]) => CANDIDATES.filter(({ name }) => names.includes(name));
const PLAY_TIMEOUT_MS = 120_000;

describe('the catalogue of candidates', () => {
  it('has fifteen that are broken and ten that are harmless at least, each by a name of its own', () => {
    expect(CANDIDATES.filter(({ kind }) => kind === 'broken').length).toBeGreaterThanOrEqual(15);
    expect(CANDIDATES.filter(({ kind }) => kind === 'harmless').length).toBeGreaterThanOrEqual(10);
    expect(new Set(CANDIDATES.map(({ name }) => name)).size).toBe(CANDIDATES.length);
  });
});

/** Those that are stopped soon; `npm run bench -- catalogue` plays all. */
const STOPPED_SOON = [
  'empty-answers',
  'wrong-tool-name',
  'one-topic-fails',
  ...(isWhole ? ['cut-answers', 'wrong-language', 'no-tool-calls', 'prose-around-json', 'refusals'] : []),
];
it.each(named(...STOPPED_SOON).map((one) => [one.name, one] as const))(
  '%s is stopped by what is wrong with it',
  { timeout: PLAY_TIMEOUT_MS },
  async (_, candidate) => {
    const fate = await play(candidate, DEFAULT_SETTING);
    expect(wrongIn(fate)).toBeNull();
    expect(jsonOf([fate]).broken[0]).toEqual({
      name: candidate.name,
      stopped: fate.stoppedIn,
      metric: fate.metric,
      minutes: fate.minutes,
    });
  },
);

it('another model is promoted that says the same', { timeout: PLAY_TIMEOUT_MS }, async () => {
  const spec = { shadow: { duration: '10m' }, stages: [{ weightPct: 50, duration: '30m' }] };
  const fate = await play(named('another-model')[0]!, { ...DEFAULT_SETTING, spec });
  expect(wrongIn(fate)).toBeNull();
  expect(jsonOf([fate]).harmless).toEqual([{ name: 'another-model', promoted: true, minutes: fate.minutes }]);
});

it.each(['three-times-as-long', 'streams-until-the-user-leaves'])(
  '%s is stopped by what its users do or read, where no shadow was before them',
  { timeout: PLAY_TIMEOUT_MS },
  async (name) => {
    const spec = { ...DEFAULT_SETTING.spec, skipShadow: true };
    const fate = await play(named(name)[0]!, { ...DEFAULT_SETTING, spec });
    expect(wrongIn(fate)).toBeNull();
    expect(fate.stoppedIn).toBe('canary');
    expect(fate.metric).toMatch(/^(length|left_midway)$/);
  },
);
