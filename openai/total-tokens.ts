type Counts = { promptTokens: number | null; completionTokens: number | null };

/** Tokens of prompt and completion; null unless both are known, since half of them would make an answer look short. */
export const totalTokens = ({ promptTokens, completionTokens }: Counts): number | null =>
  promptTokens === null || completionTokens === null ? null : promptTokens + completionTokens;
