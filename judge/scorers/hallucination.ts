import { claimsExamination } from './claims-examination.ts';
import { modelScorer } from './scorer.ts';

export const hallucination = modelScorer({
  name: 'hallucination',
  family: 'rate',
  better: 'lower',
  unit: 'ratio',
  source: 'scores',
  definition:
    '1 if any claim is contradicted by the context or not found in it; from the same question as `faithfulness`, which brings it',
  notApplicable: 'no claim, no text, an empty context',
  examination: claimsExamination,
});
