import type { ChatRequest } from '../answers/chat.ts';

/** A chat template's or a tool call's marks, which a server reads and no user. */
const TEMPLATE =
  /<\|(?:im_start|start_header_id|user|assistant|system|tool\w*)\|>|\[INST\]|<start_of_turn>|<\/?(?:tool_call|function_call|tool_use|function_calls)>|\[TOOL_CALLS\]|<function=\w/;
/** What was to be filled in. */
const UNFILLED = /(?<![\w}\\])\{\{ ?[A-Za-z_][\w.]{1,40} ?\}\}|\$\{[A-Za-z_][\w.]{0,40}\}|\[object Object\]/;
/** A text that was read in another coding than it was written in. */
const MISREAD = /\uFFFD|Ã[\u0080-\u00BF]|â€[\u0080-\u009F™œžšŸ˜¦“”]|Â[\u00A0£§°«»]/;
/** A program's last words as the whole of an answer. */
const LAST_WORDS =
  /^\s*(?:Traceback \(most recent call last\)|(?:\w{1,40}\.){0,6}(?:[A-Z]\w{0,40})?(?:Error|Exception)(?:: |\n|$)|(?:\d{3} )?(?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)\b)|^\s*<(?:!DOCTYPE html|!doctype html|html)\b/;
const SPEAKS_OF_PROGRAMS =
  /\b(?:errors?|exceptions?|traceback|stack ?trace|logs?|html|web ?page|code|coding|functions?|scripts?|programs?|python|java|javascript|typescript|sql|bash|shell|api|templates?|placeholders?|variables?|handlebars|mustache|jinja|encodings?|unicode|utf-?8|characters?)\b/i;

const standsIn = ({ messages }: ChatRequest, mark: string): boolean =>
  messages.some((message) => message.text.includes(mark));

/**
 * What a program left in an answer that is meant for people, in words; null where there is nothing. A mark that the request
 * has as well is a quotation; placeholders and errors are whatever was asked for where the request speaks of programs.
 */
export const leftoverIn = (text: string, request: ChatRequest): string | null => {
  const template = TEMPLATE.exec(text)?.[0];
  if (template !== undefined && !standsIn(request, template)) return 'a mark of a template';
  const misread = MISREAD.exec(text)?.[0];
  if (misread !== undefined && !standsIn(request, misread)) return 'characters of another coding';
  const unfilled = UNFILLED.exec(text)?.[0];
  const isLast = LAST_WORDS.test(text);
  if (unfilled === undefined && !isLast) return null;
  if (request.messages.some(({ role, text: said }) => role !== 'tool' && SPEAKS_OF_PROGRAMS.test(said))) return null;
  if (isLast) return "a program's error instead of an answer";
  return standsIn(request, unfilled!) ? null : 'a placeholder that was not filled in';
};
