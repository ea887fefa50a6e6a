import type { Json } from '../json-value.ts';
import type { Answer, Reading } from '../reading.ts';
import type { JsonEvent } from '../said.ts';

/**
 * How the answers of one API are read. Each gives null for what is not of its form. What is malformed within an answer costs no
 * more than itself: a call has its `problem`, a part without a text says nothing. Neither ever throws.
 */
export type Protocol = {
  /** What it is called in a reason: `no chat completion`. */
  name: string;
  ofDocument: (document: Json) => Reading | null;
  /** Of a stream's events before `[DONE]`; `isDone`: that mark came. */
  ofEvents: (events: readonly JsonEvent[], isDone: boolean) => Reading | null;
};

export const answered = (answer: Omit<Answer, 'hasMore'>, hasMore = false): Reading => ({
  kind: 'answer',
  answer: hasMore ? { ...answer, hasMore } : answer,
});
export const broken = (reason: string): Reading => ({ kind: 'broken', reason });
export const NO_END = 'the stream has no end';
