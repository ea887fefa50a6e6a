/**
 * One call of a tool as the model wrote it. `arguments` is its JSON text, of a custom tool its free text; '' where there was none
 * (see `argumentsText`). `id` is '' where nobody can answer it. `problem` says what is malformed about this call, '' if nothing.
 */
export type AnswerCall = { kind: 'function' | 'custom'; id: string; name: string; arguments: string; problem: string };

/**
 * What an answer says: its first choice. `text` is null where it says nothing, as beside calls of tools; `refusal` is what stands
 * in the API's own field for it, '' if none.
 */
export type Answer = {
  text: string | null;
  refusal: string;
  calls: readonly AnswerCall[];
  finishReason: string | null;
  /** It has something that is neither text nor a call of a tool: a picture, sound, what the client is to run otherwise. */
  hasMore?: true;
};

/** What became of reading an answer; of all but `answer`, why. */
export type Reading =
  | { kind: 'answer'; answer: Answer }
  /** It tells of its own failure, in any of the known shapes. */
  | { kind: 'error'; reason: string }
  /** An answer of the API that was asked, not whole: a stream without its end, half a document. */
  | { kind: 'broken'; reason: string }
  /** No answer at all, where the path promises one. */
  | { kind: 'none'; reason: string }
  /** In a protocol of the agent's own that no reader knows. */
  | { kind: 'unknown'; reason: string }
  /** The body was not kept, or not all of it. */
  | { kind: 'absent'; reason: string };

const NO_ARGUMENTS: ReadonlySet<string> = new Set(['', 'null']);

/** A call's arguments as JSON text: models and servers write "no arguments" as nothing, `null` or blanks, too. */
export const argumentsText = (written: string): string => (NO_ARGUMENTS.has(written.trim()) ? '{}' : written);
