import canonicalize from 'canonicalize';
import type { Case } from './case.ts';

/** A case of a benchmark, which has no lines of its own. */
export const benchmarkCase = (
  given: Pick<Case, 'id' | 'request' | 'golden' | 'accepted' | 'tags' | 'slices'>,
): Case => {
  const { id, request, golden, accepted } = given;
  const content = canonicalize({ id, request, golden, ...(accepted === undefined ? {} : { accepted }) }) ?? '';
  return { ...given, context: [], session: '', line: 0, content };
};
