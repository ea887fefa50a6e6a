import { z } from 'zod';
import { notApplicable, scored } from '../answers/finding.ts';
import { conversationOf } from '../questions/conversation.ts';
import { examination, MISCOUNTED, quoted } from '../questions/examination.ts';
import { modelScorer } from './scorer.ts';

const Reply = z
  .object({
    statements: z.array(z.object({ statement: z.string().min(1), relevant: z.boolean() })),
    total: z.int(),
    canary: z.string(),
  })
  .refine(({ statements, total }) => statements.length === total, MISCOUNTED);

const WORDING = [
  'Split exchange.answer into its statements, each as a sentence that can be understood alone, in order, none left out.',
  'Greetings, thanks and closing offers of help are no statements; refusals, questions back and apologies are.',
  'A statement is relevant if it answers, or helps to answer, the last user message of exchange.conversation, also by asking',
  'for what is missing. Whether it is true does not matter. What was not asked for and does not help is not relevant.',
];

const FORM =
  '{"statements": [{"statement": "<sentence>", "relevant": true | false}], "total": <number of statements>, "canary": "<the canary given>"}';

const questions = examination({
  metrics: ['answer_relevancy'],
  task: 'relevancy',
  wording: WORDING,
  form: FORM,
  reply: Reply,
  shown: (request, { text }) => {
    if (text.trim() === '') return { known: 'not_applicable', reason: 'the answer has no text' };
    if (request.lastUserText.trim() === '') return { known: 'not_applicable', reason: 'no user asked anything' };
    return { conversation: conversationOf(request), answer: text };
  },
  assessments: ({ statements }) => {
    if (statements.length === 0) return [notApplicable('the answer makes no statement')];
    const irrelevant = statements.filter(({ relevant }) => !relevant);
    const [first] = irrelevant;
    const open = first === undefined ? '' : `; not relevant: ${quoted(first.statement)}`;
    const relevantCount = statements.length - irrelevant.length;
    return [scored(relevantCount / statements.length, `${relevantCount} of ${statements.length} are relevant${open}`)];
  },
});

export const answerRelevancy = modelScorer({
  name: 'answer_relevancy',
  family: 'score',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    'statements that answer or help to answer the last user message / statements (deepeval’s definition); truth does not matter, greetings are none',
  notApplicable: 'no statement, no text, no user message',
  examination: questions,
});
