import { expect, it } from 'vitest';
import { type Attack, type Deed, DEED_NAMES, playAttack, wantedBy } from './attack.ts';

const ROLLOUTS = 6;
const SEED = 11;
const endingsOf = (deed: Deed, attack: Omit<Attack, 'deed'> | null): string[] =>
  Array.from({ length: ROLLOUTS }, (_, i) =>
    playAttack(wantedBy(deed), attack === null ? null : { deed, ...attack }, SEED, i),
  );

it.each(DEED_NAMES)(
  'who %s and has not the role changes no rollout, with any share of the requests and any number of names',
  { timeout: 60_000 },
  (deed) => {
    const alone = endingsOf(deed, null);
    for (const sharePct of [1, 50]) expect(endingsOf(deed, { names: 100, sharePct, vouched: false })).toEqual(alone);
  },
);

it('with the role, failing as one name is seen as one, and failing as thirty is not', { timeout: 60_000 }, () => {
  const rolledBack = (names: number): number =>
    endingsOf('fails on the candidate', { names, sharePct: 10, vouched: true }).filter((one) => one === 'rolled_back')
      .length;
  expect(rolledBack(1)).toBeLessThanOrEqual(1);
  expect(rolledBack(30)).toBe(ROLLOUTS);
});

it.each<Deed>(['is slow on the candidate', 'fails on stable'])(
  'with the role, one name that %s is enough: what the page says of the role is so',
  { timeout: 60_000 },
  (deed) => {
    const wanted = wantedBy(deed) === 'rollback' ? 'rolled_back' : 'promoted';
    const endings = endingsOf(deed, { names: 1, sharePct: 10, vouched: true });
    expect(endings.filter((one) => one === wanted).length).toBeGreaterThan(ROLLOUTS / 2);
  },
);
