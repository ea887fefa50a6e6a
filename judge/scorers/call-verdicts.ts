import type { AnswerCall } from '../../openai/reading.ts';
import type { ChatRequest } from '../answers/chat.ts';
import type { ToolCallCheck, ToolCallValidity } from '../answers/tool-schema.ts';

/**
 * Which of an answer's calls are valid, those left out of which nothing can be said: a custom tool takes any text, so that of one
 * all there is to see is whether it was offered.
 */
export const callVerdicts = (
  calls: readonly AnswerCall[],
  { offered, offeredCustom }: ChatRequest,
  check: ToolCallCheck,
): ToolCallValidity[] =>
  calls.flatMap((call) => {
    if (call.kind === 'function' || call.problem !== '') return [check(call, offered)];
    if (offeredCustom.includes(call.name)) return [];
    return [{ valid: false, reason: `custom tool ${call.name} was not offered` }];
  });
