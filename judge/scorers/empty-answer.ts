import type { ChatRequest } from '../answers/chat.ts';
import { absent, rate } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';
import { shellOf, withoutThinking } from './shells.ts';

/** Whoever speaks of these may want one. */
const ASKS_FOR_SHELL =
  /\b(?:json|yaml|arrays?|dictionar(?:y|ies)|dicts?|empty|null|nil|none|undefined|nan|markdown|html|symbols?|operators?|punctuation|regex|javascript|python)\b|\[\]|\{\}/i;
/** "None" is what a person says to such a question, too. */
const ASKS_FOR_SOME = /\b(?:which|what|who|whom|any|how many|list|name)\b/i;

const mayWant = ({ messages, lastUserText, wantsJson }: ChatRequest, text: string): boolean =>
  wantsJson ||
  (text.includes('None') && ASKS_FOR_SOME.test(lastUserText)) ||
  messages.some(
    (message) => message.role !== 'assistant' && message.role !== 'tool' && ASKS_FOR_SHELL.test(message.text),
  );

/** An empty answer to a question is the commonest failure that no status shows. */
export const emptyAnswer = ruleScorer({
  name: 'empty_answer',
  family: 'rate',
  better: 'lower',
  unit: 'ratio',
  source: 'scores',
  definition:
    '1 if there is nothing to read and nothing to do: no text, no call, no refusal, no picture or sound. White space of any kind is no text, nor are signs without ink, a thinking block alone, an empty code block, marks of a template, a lone "Assistant:", and, where nobody spoke of such things, `null`, `undefined`, `{}`, `[]`, JSON of empty values, marks without a word and empty HTML',
  notApplicable: 'embeddings',
  needs: ['answer'],
  score: ({ answer, answered: { request } }) => {
    if (!answer.isOfWords) return absent('nothing is answered in words here');
    if (answer.toolCalls.length > 0) return rate(false, 'the answer calls a tool');
    if (answer.refused) return rate(false, 'the answer declines');
    if (answer.hasMore) return rate(false, 'the answer is more than text');
    if (answer.finishReason === 'pause_turn') return rate(false, 'the answer is to go on');
    const spoken = withoutThinking(answer.text);
    const shell = shellOf(spoken);
    if (shell === null) return rate(false, 'the answer says something');
    if (shell.kind === 'shell' && request.ok && mayWant(request.value, spoken))
      return rate(false, `${shell.what}, as may have been asked for`);
    const isThought = spoken !== answer.text && shell.kind === 'blank';
    return rate(true, isThought ? 'the answer is a thinking block alone' : `the answer says nothing: ${shell.what}`);
  },
});
