import type { ChatMessage } from '../answers/chat.ts';
import { absent, notApplicable, rate } from '../answers/finding.ts';
import { callVerdicts } from './call-verdicts.ts';
import { ruleScorer } from './rule-scorer.ts';
import { isObject, parseJson } from '../../openai/json-value.ts';

const MAX_SEEN_CHARACTERS = 200;
const MAX_PARSED_CHARACTERS = 100_000;

/** How a result in plain words begins that reports an error. */
const ERROR_TEXT = [
  /^["'`[(*<]{0,3}(?:[\w.-]{1,40} ){0,3}[\w.]{0,60}(?:error|exception)["'`\])*>]{0,3} ?(?::|-|–|\(|\d{3,5}\b|$)/i,
  /^traceback \(most recent call last\)/i,
  /^(?:failed to|unable to|could not (?!find|be found)|couldn't (?!find)|cannot (?!find)|failed:|failure:|fatal:)/i,
  /^(?:http(?:\/\d(?:\.\d)?)? )?(?:[45]\d\d) (?:bad|unauthori[sz]ed|payment|forbidden|not found|method|not acceptable|request|conflict|gone|unprocessable|too many|internal|not implemented|service|gateway)/i,
  /^(?:timeout\b|timed out\b|(?:request|operation|connection|tool|call) timed out|connection (?:refused|reset)|permission denied|access denied|rate limit exceeded|too many requests|invalid (?:argument|parameter|input|request)|missing (?:argument|parameter|required)|unknown (?:tool|function|parameter)|(?:tool|function|command) not found)/i,
  /^(?:(?:sorry|oops)[,.!]? )?(?:something went wrong|an? (?:unexpected |unknown |internal )?error (?:has )?occurred)/i,
  /^(?:the |your )?(?:tool|function|call|request|command|query|operation|server) (?:has )?(?:failed|crashed|timed out|errored|was rejected)/i,
  /^[\w./-]{1,40}: .{0,80}(?:command not found|no such file or directory|permission denied)/i,
  /^(?:fehler|erreur|errore|erro|ошибка|错误|エラー) ?[:：]/i,
];
const ERROR_STATUS = /^(?:error|errored|fail|failed|failure|exception|timeout)$/i;

const documentOf = (text: string): unknown =>
  text.length > MAX_PARSED_CHARACTERS || !text.startsWith('{') ? undefined : parseJson(text);

const isErrorStatus = (status: unknown): boolean =>
  typeof status === 'number' ? status >= 400 && status < 600 : typeof status === 'string' && ERROR_STATUS.test(status);

const isErrorText = (text: string): boolean => {
  const start = text.trim().slice(0, MAX_SEEN_CHARACTERS).replaceAll(/\s+/g, ' ');
  return ERROR_TEXT.some((pattern) => pattern.test(start));
};

/** Tools with data to tell tell more than a message. */
const isErrorMessage = (result: Record<string, unknown>): boolean => {
  const { message } = result;
  return typeof message === 'string' && Object.keys(result).length <= 2 && isErrorText(message);
};

/** By the members that tools report errors in: MCP's `isError`, `error`, `errors`, `success`/`ok`, `status`. */
const isErrorDocument = (result: Record<string, unknown>): boolean =>
  result['isError'] === true ||
  result['is_error'] === true ||
  Boolean(result['error']) ||
  (Array.isArray(result['errors']) && result['errors'].length > 0) ||
  result['success'] === false ||
  result['ok'] === false ||
  result['type'] === 'error' ||
  isErrorMessage(result) ||
  [result['status'], result['statusCode'], result['status_code']].some(isErrorStatus);

const reportsError = (result: string): boolean => {
  const text = result.trim();
  const json = documentOf(text);
  return isObject(json) ? isErrorDocument(json) : isErrorText(text);
};

/**
 * The results that this request brings of the assistant's last calls: those after its last message. Earlier ones were told
 * to an earlier exchange, where they counted.
 */
const newResults = (messages: readonly ChatMessage[]): ChatMessage[] => {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  if (last === -1) return [];
  return messages.slice(last + 1).filter(({ role }) => role === 'tool' || role === 'function');
};

/** Each failed call counts once, in the exchange that shows it. */
export const toolErrors = ruleScorer({
  name: 'tool_errors',
  family: 'rate',
  better: 'lower',
  unit: 'ratio',
  source: 'scores',
  definition:
    '1 if a call could not be executed: one of this answer is not valid as above, or a result in the request, of the calls the assistant made last, reports an error (`isError`, `error`, `errors`, `success: false`, `ok: false`, an HTTP status from 400, `status: error` and its kin, or words such as `Error:`, `Traceback`, `404 Not Found`)',
  notApplicable: "neither a call nor a result; a schema that can't be used",
  needs: ['answer', 'request'],
  score: ({ answer, request, check }) => {
    const verdicts = callVerdicts(answer, request, check);
    const invalid = verdicts.find(({ valid }) => valid === false);
    if (invalid) return rate(true, invalid.reason);
    const results = newResults(request.messages);
    if (results.some(({ text, isError }) => isError === true || reportsError(text)))
      return rate(true, 'a tool’s result reports an error');
    const unjudged = verdicts.find(({ valid }) => valid === null);
    if (unjudged) return absent(unjudged.reason);
    if (verdicts.length + results.length === 0) return notApplicable('no tool was called, and no result came');
    return rate(false, `${verdicts.length} calls and ${results.length} results without an error`);
  },
});
