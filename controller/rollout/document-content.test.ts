import { expect, it } from 'vitest';
import { AB, BLUE_GREEN, rolloutDocument, strategyDocument } from '../test/play.fixture.ts';
import { contentOf, withDefaults } from './document-content.ts';
import { RolloutDocument } from '../../schemas/documents.ts';

const MINIMAL = { stages: undefined, minRequests: undefined };
const PLANNED = [5, 25, 50, 100].map((weightPct, i) => ({ weightPct, duration: ['30m', '1h', '2h', '2h'][i] }));

it('a document is the same with its defaults said or left out, and as it stands in the log', () => {
  const said = rolloutDocument({ ...MINIMAL, promotion: 'prove', stages: PLANNED, alpha: 0.05, betaSubjects: [] });
  const left = rolloutDocument({ ...MINIMAL, promotion: 'prove' });
  expect(contentOf(said)).toBe(contentOf(left));
  expect(contentOf(rolloutDocument({ ...MINIMAL, promotion: 'budget' }))).toBe(contentOf(rolloutDocument(MINIMAL)));
  for (const document of [said, strategyDocument(AB), strategyDocument(BLUE_GREEN)])
    expect(contentOf(RolloutDocument.parse(JSON.parse(JSON.stringify(withDefaults(document)))))).toBe(
      contentOf(document),
    );
});

it('a document of another name, plan or word to anyone is another', () => {
  const contents = [
    rolloutDocument({}),
    rolloutDocument({}, 'other'),
    rolloutDocument({ candidate: 'v3' }),
    rolloutDocument({ alpha: 0.1 }),
    rolloutDocument({ notify: { webhook: 'http://h/' } }),
    rolloutDocument({ promotion: 'prove' }),
    strategyDocument(AB),
    strategyDocument({ ...AB, arms: AB.arms.toReversed() }),
    strategyDocument(BLUE_GREEN),
  ].map(contentOf);
  expect(new Set(contents).size).toBe(contents.length);
});
