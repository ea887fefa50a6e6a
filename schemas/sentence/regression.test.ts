import { expect, it } from 'vitest';
import { regressionOf } from '../regression.fixture.ts';
import { regressionText } from './regression.ts';

const fact = regressionOf();
const dearer = regressionOf({ metric: 'cost', slice: '_all', before: 0.01, after: 0.08, beyond: 40 });

it('of a score it says that the quality fell, where, and by how many values', () => {
  expect(regressionText('regression', fact)).toBe(
    'quality of v3 in service fell since 2026-03-02 14:05 UTC: faithfulness 0.94 → 0.88 (n = 2,310), on language=de',
  );
});

it('of what is measured it says that the version got worse, by the share beyond a value', () => {
  expect(regressionText('regression', dearer)).toBe(
    'v3 in service got worse since 2026-03-02 14:05 UTC: answers with cost above $0.04 1 % → 8 % (n = 2,310)',
  );
  expect(regressionText('recovery', dearer)).toMatch(/^v3 in service is as it was before 2026-03-02 14:05 UTC again: /);
});
