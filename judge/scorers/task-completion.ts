import { z } from 'zod';
import { notApplicable, scored } from '../answers/finding.ts';
import { conversationOf } from '../questions/conversation.ts';
import { examination, MISCOUNTED, quoted } from '../questions/examination.ts';
import { modelScorer } from './scorer.ts';

/** The scale: what a part of the task counts. */
const POINTS = { done: 1, partly: 0.5, not_done: 0 } as const;

const Reply = z
  .object({
    parts: z.array(z.object({ part: z.string().min(1), verdict: z.enum(['done', 'partly', 'not_done']) })),
    total: z.int(),
    canary: z.string(),
  })
  .refine(({ parts, total }) => parts.length === total, MISCOUNTED);

const WORDING = [
  'List the parts of what the user wants by the last user message of exchange.conversation, read with what was said before:',
  'each thing asked for is one part, in order, none twice; what nobody asked for is no part. exchange.results holds what',
  'tools reported to the assistant for it.',
  'Judge each part by exchange.answer: "done" if the user has with it what they asked for; "partly" if it brings them nearer,',
  'such as some of it, a needed question back, or a next step under way; "not_done" if it is refused, passed over, promised',
  'without a step, wrong by exchange.results, or claimed as done although exchange.results shows that it failed.',
  'Kind words complete nothing. If the user asks for nothing, the list is empty.',
];

const FORM =
  '{"parts": [{"part": "<what is wanted>", "verdict": "done" | "partly" | "not_done"}], "total": <number of parts>, "canary": "<the canary given>"}';

const questions = examination({
  metrics: ['task_completion'],
  task: 'completion',
  wording: WORDING,
  form: FORM,
  reply: Reply,
  shown: (request, { text, toolCalls }) => {
    if (toolCalls.length > 0)
      return { known: 'not_applicable', reason: 'the answer calls tools: it is a step, not the end' };
    if (request.lastUserText.trim() === '') return { known: 'not_applicable', reason: 'no user asked anything' };
    if (text.trim() === '') return { known: 'nothing', reason: 'the answer has neither text nor calls' };
    const results = request.messages
      .slice(request.messages.findLastIndex(({ role }) => role === 'user') + 1)
      .filter(({ role }) => role === 'tool' || role === 'function')
      .map((message) => message.text);
    return { conversation: conversationOf(request), results, answer: text };
  },
  assessments: ({ parts }) => {
    if (parts.length === 0) return [notApplicable('the user asked for nothing')];
    const points = parts.reduce((sum, { verdict }) => sum + POINTS[verdict], 0);
    const open = parts.find(({ verdict }) => verdict !== 'done');
    const detail = open === undefined ? '' : `; ${open.verdict.replace('_', ' ')}: ${quoted(open.part)}`;
    return [scored(points / parts.length, `${points} points of ${parts.length} parts${detail}`)];
  },
});

export const taskCompletion = modelScorer({
  name: 'task_completion',
  family: 'score',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    'the mean over the parts of what the user asked for: done 1, partly 0.5, not done 0. An answer of nothing is 0',
  notApplicable: 'nothing was asked for; an answer that calls tools, for it is a step and not the end; no user message',
  examination: questions,
});
