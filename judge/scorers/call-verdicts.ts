import type { ChatAnswer, ChatRequest } from '../answers/chat.ts';
import type { ToolCallCheck, ToolCallValidity } from '../answers/tool-schema.ts';

/**
 * Which of an answer's calls are valid, those left out of which nothing can be said: a custom tool takes any text, so that of one
 * all there is to see is whether it was offered.
 */
export const callVerdicts = (
  { toolCalls, masks }: ChatAnswer,
  { offered, offeredCustom }: ChatRequest,
  check: ToolCallCheck,
): ToolCallValidity[] =>
  toolCalls.flatMap((call) => {
    if (call.kind === 'function' || call.problem !== '') return [check(call, offered, masks)];
    if (offeredCustom.includes(call.name)) return [];
    return [{ valid: false, reason: `custom tool ${call.name} was not offered` }];
  });
