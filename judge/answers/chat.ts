import type { AnswerCall } from '../../openai/reading.ts';
import type { OfferedFunction, ToolCall } from './tool-schema.ts';

/** One message of a request's history, as text; only an assistant's has calls. `isError`: a tool's result that says so beside its text. */
export type ChatMessage = { role: string; text: string; toolCalls: readonly ToolCall[]; isError?: true };

/**
 * What a scorer sees of a request. `lastUserText` is '' when no user spoke; `referenceAnswer` is the right answer as the client
 * knows it (`metadata.reference_answer`), null where it names none.
 */
export type ChatRequest = {
  lastUserText: string;
  messages: readonly ChatMessage[];
  offered: readonly OfferedFunction[];
  /** The names of the custom tools that are offered, whose input is free text. */
  offeredCustom: readonly string[];
  wantsJson: boolean;
  /** The JSON schema that a JSON answer was asked to fit; undefined where none was given. */
  responseSchema: unknown;
  referenceAnswer: string | null;
  /** The marks, such as `[CARD]`, that redaction put into the request. */
  masks: ReadonlySet<string>;
  /** The client names words at which the answer stops, or has a text of its own gone on with: it may end in mid-sentence. */
  mayEndAnywhere: boolean;
};

/** The whole answer, whether it came plain or as a stream. */
export type ChatAnswer = {
  text: string;
  toolCalls: readonly AnswerCall[];
  /** The model said so in the API's own field for it. */
  refused: boolean;
  /** Why the model stopped, in its protocol's word; null where it says nothing. */
  finishReason: string | null;
  /** Whether the call can be answered in words at all; embeddings can't. */
  isOfWords: boolean;
  /** It has something that is neither text nor a call, such as a picture. */
  hasMore: boolean;
  /** The marks, such as `[CARD]`, that stand in it for what redaction took out; any other that looks like one is the model's own word. */
  masks: ReadonlySet<string>;
};

/** A body that can't be read is told apart from one that is not there, so that it can't pass for an empty answer. */
export type Read<T> = { ok: true; value: T } | { ok: false; reason: string };
