import { claimsExamination } from './claims-examination.ts';
import { modelScorer } from './scorer.ts';

export const faithfulness = modelScorer({
  name: 'faithfulness',
  family: 'score',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    'claims that the context supports / claims. The context is what system, user and tools said in the request; what the assistant said before vouches for nothing',
  notApplicable: 'no claim, no text, an empty context',
  examination: claimsExamination,
});
