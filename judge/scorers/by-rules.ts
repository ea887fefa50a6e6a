import type { Finding } from '../answers/finding.ts';
import { SCORERS } from './registry.ts';
import { type Facts, foundIn } from './rule-scorer.ts';

/** Bumped whenever a rule's verdict on anything could change, or what it reads: the `scorerVersion` of scores by rules. */
export const RULES_VERSION = '9';

const RULES = SCORERS.filter((scorer) => scorer.by === 'rules');

/**
 * Every metric by a rule of one answer, each exactly once, in the registry's order, in the units of `schemas/metrics.ts`. Never
 * throws: what can't be scored is an error, what does not apply says so.
 */
export const findByRules = (facts: Facts): Finding[] => {
  const found = foundIn(facts);
  return RULES.map((rule) => rule.find(found));
};
