import { z } from 'zod';
import type { Finding } from './scorers.ts';
import { examination, MISCOUNTED, quoted } from './examination.ts';
import { notApplicable, rate, scored } from './finding.ts';

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

const findings = ({ claims }: z.output<typeof Reply>): readonly Finding[] => {
  if (claims.length === 0)
    return ['faithfulness', 'hallucination'].map((metric) => notApplicable(metric, 'the answer makes no claim'));
  const unsupported = claims.filter(({ verdict }) => verdict !== 'supported');
  const [first] = unsupported;
  const told = first === undefined ? '' : `; ${first.verdict.replace('_', ' ')}: ${quoted(first.claim)}`;
  const supportedCount = claims.length - unsupported.length;
  const reason = `${supportedCount} of ${claims.length} claims are supported${told}`;
  return [
    scored('faithfulness', supportedCount / claims.length, reason),
    rate('hallucination', first !== undefined, reason),
  ];
};

/**
 * Faithfulness = claims of the answer that its context supports / claims. Hallucination = 1 if any claim is contradicted by
 * the context or not found in it. The context is what system, user and tools said in the request; what the assistant said
 * before vouches for nothing. Not applicable without a claim, without text, or with a context that is empty or over 100,000
 * characters.
 */
export const faithfulness = examination({
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
  findings,
});
