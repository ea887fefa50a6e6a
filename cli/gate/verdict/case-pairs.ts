import type { Measured } from '../measured.ts';

/** One question with what was measured of it on both sides; a side without it was not asked, or is not there. */
export type CasePair = {
  caseId: string;
  cluster: string;
  slices: Readonly<Record<string, string>>;
  candidate: readonly Measured[];
  baseline: readonly Measured[];
};

const byCase = (side: readonly Measured[]): Map<string, Measured[]> => {
  const cases = new Map<string, Measured[]>();
  for (const one of side) {
    const before = cases.get(one.caseId);
    if (before === undefined) cases.set(one.caseId, [one]);
    else before.push(one);
  }
  return cases;
};

/** Every question that either side has, in the order of the candidate's. */
export const pairCases = (candidate: readonly Measured[], baseline: readonly Measured[]): CasePair[] => {
  const [own, other] = [byCase(candidate), byCase(baseline)];
  return [...new Set([...own.keys(), ...other.keys()])].map((caseId) => {
    const [ofCandidate, ofBaseline] = [own.get(caseId) ?? [], other.get(caseId) ?? []];
    const { cluster, slices } = (ofCandidate[0] ?? ofBaseline[0])!;
    return { caseId, cluster, slices, candidate: ofCandidate, baseline: ofBaseline };
  });
};

/** How often each side was asked each question; 0 of a side that is not there. */
export type Repeats = { candidate: number; baseline: number };

/** Of one side. */
export const repeatsOf = (side: readonly Measured[]): number =>
  side.reduce((most, { repeat }) => Math.max(most, repeat + 1), 0);
