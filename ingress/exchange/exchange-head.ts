import type { CaptureMode, Exchange } from '../../schemas/exchange.ts';
import type { Usage } from '../../openai/usage.ts';

/**
 * How a body stands in a record; hashes of whole bodies are left to the publisher. `sha256` is a keyed hash of a body that
 * was captured by `hash`.
 */
export type CapturedBody = { contentType: string; sizeBytes: number; truncated: boolean; sha256: string };

/** An exchange but for what the publisher computes. */
export type ExchangeHead = Omit<
  Exchange,
  | 'capture'
  | 'vouched'
  | 'provoked'
  | 'requestPath'
  | 'answerPath'
  | 'requestBody'
  | 'responseBody'
  | 'promptTokens'
  | 'completionTokens'
  | 'costUsd'
  | 'finishedAtMs'
> & {
  request: CapturedBody;
  response: CapturedBody;
  promptUsdPerMillion: number;
  completionUsdPerMillion: number;
  /** Null, or not said as in records from before the field: the price of the others. */
  cachedPromptUsdPerMillion?: number | null;
  /** As in the exchange. Records that do not say are from before the fields: ''. */
  requestPath?: string;
  answerPath?: string;
  /** As in the exchange. Records that do not say are from before the field: true. */
  vouched?: boolean;
  /** As in the exchange. Records that do not say are from before the field: false. */
  provoked?: boolean;
  /** The policy in force when the exchange ended. A record that does not say is redacted. */
  capture?: CaptureMode;
  /** Read before the bodies went, by `hash` and `none`. */
  usage?: Usage;
};

const bodyRow = ({ contentType, sizeBytes, truncated, sha256 }: CapturedBody) =>
  [contentType, sizeBytes, truncated, sha256] as const;

const bodyOf = ([contentType, sizeBytes, truncated, sha256]: ReturnType<typeof bodyRow>): CapturedBody => ({
  contentType,
  sizeBytes,
  truncated,
  sha256,
});

const routeRow = (head: ExchangeHead) =>
  [
    head.exchangeId,
    head.agent,
    head.rollout,
    head.routingSequence,
    head.assignment,
    head.assignedArm,
    head.assignedVersion,
    head.servedArm,
    head.servedVersion,
    head.fallbackReason,
    head.subject,
    head.subjectBucket,
    head.vouched ?? true,
  ] as const;

const routeOf = (row: ReturnType<typeof routeRow>) => {
  const [
    exchangeId,
    agent,
    rollout,
    routingSequence,
    assignment,
    assignedArm,
    assignedVersion,
    servedArm,
    servedVersion,
    fallbackReason,
    subject,
    subjectBucket,
    vouched,
  ] = row;
  return {
    exchangeId,
    agent,
    rollout,
    routingSequence,
    assignment,
    assignedArm,
    assignedVersion,
    servedArm,
    servedVersion,
    fallbackReason,
    subject,
    subjectBucket,
    vouched,
  };
};

const requestRow = (head: ExchangeHead) =>
  [
    head.method,
    head.path,
    head.requestPath ?? '',
    head.answerPath ?? '',
    head.stream,
    head.slices,
    head.metadata,
    head.traceparent,
    head.startedAtMs,
    head.capture ?? 'redacted',
    bodyRow(head.request),
  ] as const;

const requestOf = (row: ReturnType<typeof requestRow>) => {
  const [method, path, requestPath, answerPath, stream, slices, metadata, traceparent, startedAtMs, capture, request] =
    row;
  return {
    method,
    path,
    requestPath,
    answerPath,
    stream,
    slices,
    metadata,
    traceparent,
    startedAtMs,
    capture,
    request: bodyOf(request),
  };
};

const answerRow = (head: ExchangeHead) =>
  [
    head.busy,
    head.provoked ?? false,
    head.status,
    head.outcome,
    head.latencyMs,
    head.firstByteMs,
    bodyRow(head.response),
    head.promptUsdPerMillion,
    head.completionUsdPerMillion,
    head.cachedPromptUsdPerMillion ?? null,
    head.usage ?? null,
  ] as const;

const answerOf = (row: ReturnType<typeof answerRow>) => {
  const [
    busy,
    provoked,
    status,
    outcome,
    latencyMs,
    firstByteMs,
    response,
    promptUsdPerMillion,
    completionUsdPerMillion,
    cachedPromptUsdPerMillion,
    usage,
  ] = row;
  const answer = {
    busy,
    provoked,
    status,
    outcome,
    latencyMs,
    firstByteMs,
    response: bodyOf(response),
    promptUsdPerMillion,
    completionUsdPerMillion,
    cachedPromptUsdPerMillion,
  };
  return usage === null ? answer : { ...answer, usage };
};

/**
 * A head as values in one order, as its record keeps it: names would take more than half of the room, and reading and writing
 * them as long as all else that the journal does for a request. A new value goes to the end of one of the three, and is undefined in rows from before it.
 */
export const rowOf = (head: ExchangeHead) => [routeRow(head), requestRow(head), answerRow(head)] as const;

export type ExchangeRow = ReturnType<typeof rowOf>;

/** The head that a row was made of. */
export const headOfRow = ([route, request, answer]: ExchangeRow): ExchangeHead => ({
  ...routeOf(route),
  ...requestOf(request),
  ...answerOf(answer),
});
