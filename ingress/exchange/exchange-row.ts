import type { CapturedBody, ExchangeHead } from './journal-record.ts';

const bodyRow = ({ contentType, sizeBytes, truncated, sha256 }: CapturedBody) =>
  [contentType, sizeBytes, truncated, sha256] as const;

/**
 * An exchange's head as values in one order, as its record keeps it: names would take more than half of the room, and reading and writing
 * them as long as all else that the journal does for a request. A new value goes last, and is undefined in a row from before it.
 */
export const rowOf = (head: ExchangeHead) =>
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
    head.provoked ?? false,
    head.method,
    head.path,
    head.requestPath ?? '',
    head.answerPath ?? '',
    head.stream,
    head.busy,
    head.status,
    head.outcome,
    head.latencyMs,
    head.firstByteMs,
    head.slices,
    head.metadata,
    head.traceparent,
    head.startedAtMs,
    head.capture ?? 'redacted',
    bodyRow(head.request),
    bodyRow(head.response),
    head.promptUsdPerMillion,
    head.completionUsdPerMillion,
    head.cachedPromptUsdPerMillion ?? null,
    head.usage ?? null,
  ] as const;

export type ExchangeRow = ReturnType<typeof rowOf>;

const bodyOf = ([contentType, sizeBytes, truncated, sha256]: ReturnType<typeof bodyRow>): CapturedBody => ({
  contentType,
  sizeBytes,
  truncated,
  sha256,
});

/** The head that a row was made of. */
export const headOfRow = (row: ExchangeRow): ExchangeHead => {
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
    provoked,
    method,
    path,
    requestPath,
    answerPath,
    stream,
    busy,
    status,
    outcome,
    latencyMs,
    firstByteMs,
    slices,
    metadata,
    traceparent,
    startedAtMs,
    capture,
    request,
    response,
    promptUsdPerMillion,
    completionUsdPerMillion,
    cachedPromptUsdPerMillion,
    usage,
  ] = row;
  const head = {
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
    provoked,
    method,
    path,
    requestPath,
    answerPath,
    stream,
    busy,
    status,
    outcome,
    latencyMs,
    firstByteMs,
    slices,
    metadata,
    traceparent,
    startedAtMs,
    capture,
    request: bodyOf(request),
    response: bodyOf(response),
    promptUsdPerMillion,
    completionUsdPerMillion,
    cachedPromptUsdPerMillion,
  };
  return usage === null ? head : { ...head, usage };
};
