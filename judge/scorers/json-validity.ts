import { type Assessment, notApplicable, rate } from '../answers/finding.ts';
import type { ToolCallCheck } from '../answers/tool-schema.ts';
import { ruleScorer } from './rule-scorer.ts';
import { parseJson } from '../../openai/json-value.ts';

const ofText = (text: string, schema: unknown, check: ToolCallCheck): Assessment => {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return rate(false, 'JSON was asked for and the text is none');
  if (schema === undefined) return rate(true, 'the text is JSON');
  if (Array.isArray(value)) {
    const wantsObject = Object(schema).type === 'object';
    return rate(!wantsObject, wantsObject ? 'the text is a list, and not an object' : 'the text is JSON');
  }
  const { valid, reason } = check({ name: 'answer', arguments: text }, [{ name: 'answer', parameters: schema }]);
  return rate(valid !== false, valid === false ? reason : 'the text is JSON');
};

export const jsonValidity = ruleScorer({
  name: 'json_validity',
  family: 'rate',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    '1 if all tool arguments are JSON; of text, if `response_format` asked for JSON: 1 if it is a JSON object or list; where a `json_schema` is given, an object that fits it, or a list if it asks for no object',
  notApplicable: 'no call, and no JSON was asked for',
  needs: ['answer'],
  score: ({ answer, answered: { request }, check }) => {
    const broken = answer.toolCalls.find((call) => parseJson(call.arguments) === undefined);
    if (broken) return rate(false, `the arguments of ${broken.name} are no JSON`);
    if (answer.toolCalls.length > 0) return rate(true, 'all arguments are JSON');
    if (!request.ok) return notApplicable(request.reason);
    if (!request.value.wantsJson) return notApplicable('no JSON was asked for');
    return ofText(answer.text, request.value.responseSchema, check);
  },
});
