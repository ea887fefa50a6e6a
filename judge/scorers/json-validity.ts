import type { ChatAnswer, ChatRequest } from '../answers/chat.ts';
import { absent, type Assessment, notApplicable, rate } from '../answers/finding.ts';
import type { ToolCallCheck } from '../answers/tool-schema.ts';
import { ruleScorer } from './rule-scorer.ts';
import { parseJson } from '../../openai/json-value.ts';
import { type AnswerCall, argumentsText } from '../../openai/reading.ts';

const ofText = ({ text, masks }: ChatAnswer, schema: unknown, check: ToolCallCheck): Assessment => {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return rate(false, 'JSON was asked for and the text is none');
  if (schema === undefined) return rate(true, 'the text is JSON');
  if (Array.isArray(value)) {
    const wantsObject = Object(schema).type === 'object';
    return rate(!wantsObject, wantsObject ? 'the text is a list, and not an object' : 'the text is JSON');
  }
  const offered = [{ name: 'answer', parameters: schema }];
  const { valid, reason, isMasked } = check({ name: 'answer', arguments: text }, offered, masks);
  if (isMasked) return absent(reason);
  return rate(valid !== false, valid === false ? reason : 'the text is JSON');
};

/** What is meant to be JSON whatever was asked for; "[1]" may be a footnote, and "{name}" a placeholder. */
const BEGINS_JSON = /^\s*(?:\{\s*["}]|\[\s*\{)/;

const SENTENCE_END = /[.!?\n]/;
const ASKS = /\b(?:respond|reply|replies|answer|return|output|produce|give|send|write|emit|generate)\b/i;
const ALONE =
  /\b(?:only|exclusively|strictly|solely|nothing (?:but|else)|no (?:other|additional|extra|prose|text|words|explanations?|comment\w*|markdown)|without (?:any )?(?:other|additional|extra|prose|text|words|explanations?|comment\w*|markdown))\b/i;
const NOT_ALONE = /\b(?:never|not|don't) (?:\w+ ){0,3}only\b/i;

/** Whether the request says in words that the answer is to be JSON and nothing else, as a program needs it. */
const asksForJsonAlone = ({ messages, lastUserText }: ChatRequest): boolean =>
  [lastUserText, ...messages.filter(({ role }) => role === 'system' || role === 'developer').map(({ text }) => text)]
    .filter((text) => /\bjson\b/i.test(text))
    .flatMap((text) => text.split(SENTENCE_END))
    .some((one) => /\bjson\b/i.test(one) && ASKS.test(one) && ALONE.test(one) && !NOT_ALONE.test(one));

const isBroken = (call: AnswerCall): boolean =>
  call.problem !== '' || (call.kind === 'function' && parseJson(argumentsText(call.arguments)) === undefined);

const ofCalls = (calls: readonly AnswerCall[]): Assessment => {
  const broken = calls.find(isBroken);
  if (broken?.problem) return rate(false, `the call of ${broken.name || 'nothing'}: ${broken.problem}`);
  if (broken) return rate(false, `the arguments of ${broken.name} are no JSON`);
  const isFree = calls.every(({ kind }) => kind === 'custom');
  return isFree
    ? notApplicable('only custom tools were called, whose input is free text')
    : rate(true, 'all arguments are JSON');
};

export const jsonValidity = ruleScorer({
  name: 'json_validity',
  family: 'rate',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    '1 if all tool arguments are JSON, none counting as `{}`, and no call is malformed; of text, if `response_format` asked for JSON, or system prompt or user for JSON and nothing else, or if it begins as JSON: 1 if it is a JSON object or list; where a `json_schema` is given, an object that fits it, or a list if it asks for no object',
  notApplicable:
    'no call but of custom tools, and no JSON was asked for nor begun, or the model declined; a masked value that does not fit',
  needs: ['answer'],
  score: ({ answer, answered: { request }, check }) => {
    if (answer.toolCalls.length > 0) return ofCalls(answer.toolCalls);
    if (!request.ok) return absent(request.reason);
    if (answer.refused) return notApplicable('the model declined');
    if (!request.value.wantsJson && !asksForJsonAlone(request.value) && !BEGINS_JSON.test(answer.text))
      return notApplicable('no JSON was asked for');
    return ofText(answer, request.value.responseSchema, check);
  },
});
