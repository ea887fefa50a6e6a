/** A time shorter than this says nothing of how fast an answer was written: it was there at once. */
const MIN_WRITING_MS = 1;

type Written = { stream: boolean; latencyMs: number; firstByteMs: number | null; completionTokens: number | null };

/**
 * Completion tokens per second of a whole answer: of a stream from its first byte on, else of the whole time. Null without
 * tokens, or where that time is under a millisecond.
 */
export const tokensPerSecond = ({ stream, latencyMs, firstByteMs, completionTokens }: Written): number | null => {
  const writingMs = stream ? latencyMs - (firstByteMs ?? latencyMs) : latencyMs;
  if (completionTokens === null || completionTokens <= 0 || writingMs < MIN_WRITING_MS) return null;
  return (completionTokens * 1_000) / writingMs;
};
