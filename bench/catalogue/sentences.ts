/** The sentences of a text, each with its end. */
export const sentencesOf = (text: string): string[] =>
  text.match(/[^.!?]+(?:\.(?=\d)[^.!?]+)*[.!?]+/g)?.map((one) => one.trim()) ?? [text];

/** With each of the pairs' first replaced by its second. */
export const reworded = (text: string, pairs: readonly (readonly [RegExp, string])[]): string =>
  pairs.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);

export const pickOf = <T>(draw: number, from: readonly T[]): T => from[Math.floor(draw * from.length)]!;
