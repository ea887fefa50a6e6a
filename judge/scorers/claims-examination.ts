import { z } from 'zod';
import { type Assessment, notApplicable, rate, scored } from '../answers/finding.ts';
import { examination, MISCOUNTED, quoted } from '../questions/examination.ts';

const Reply = z
  .object({
    claims: z.array(
      z.object({ claim: z.string().min(1), verdict: z.enum(['supported', 'contradicted', 'not_found']) }),
    ),
    total: z.int(),
    canary: z.string(),
  })
  .refine(({ claims, total }) => claims.length === total, MISCOUNTED);

const WORDING = [
  'List every factual claim that exchange.answer makes, each as a sentence that can be understood alone, in order, none twice.',
  'Offers, questions, politeness, opinions and statements about what the assistant itself can or will do are no claims.',
  'Judge each claim by exchange.context alone, never by what you know:',
  '"supported" if the context states it or it follows from it, "contradicted" if the context says otherwise,',
  '"not_found" if the context does not tell. A user’s wish or question in the context states nothing but that they asked.',
  'If the answer makes no claim, the list is empty.',
];

const FORM =
  '{"claims": [{"claim": "<sentence>", "verdict": "supported" | "contradicted" | "not_found"}], "total": <number of claims>, "canary": "<the canary given>"}';

const CONTEXT_ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'tool', 'function']);

const assessments = ({ claims }: z.output<typeof Reply>): readonly [Assessment, Assessment] => {
  if (claims.length === 0) {
    const none = notApplicable('the answer makes no claim');
    return [none, none];
  }
  const unsupported = claims.filter(({ verdict }) => verdict !== 'supported');
  const [first] = unsupported;
  const open = first === undefined ? '' : `; ${first.verdict.replace('_', ' ')}: ${quoted(first.claim)}`;
  const supportedCount = claims.length - unsupported.length;
  const reason = `${supportedCount} of ${claims.length} claims are supported${open}`;
  return [scored(supportedCount / claims.length, reason), rate(first !== undefined, reason)];
};

/** One question about an answer's claims settles both metrics. */
export const claimsExamination = examination({
  metrics: ['faithfulness', 'hallucination'],
  task: 'claims',
  wording: WORDING,
  form: FORM,
  reply: Reply,
  shown: ({ messages }, { text }) => {
    if (text.trim() === '') return { known: 'not_applicable', reason: 'the answer has no text' };
    const context = messages
      .filter((message) => CONTEXT_ROLES.has(message.role) && message.text.trim() !== '')
      .map((message) => ({ role: message.role, content: message.text }));
    if (context.length === 0) return { known: 'not_applicable', reason: 'the request has no text to be faithful to' };
    return { context, answer: text };
  },
  assessments,
});
