import { hash } from 'node:crypto';

/*
 * Chance without a random generator: every draw is a hash of what it is drawn for, named by its purpose, so that the
 * same request meets the same fate in every process, and adding a draw moves no other.
 */

/** A seed (64 hex digits) out of any text parts. */
export function seedOf(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\u001f'));
}

/** Uniform in [0, 1). */
export function uniform(seed: string, purpose: string): number {
  return Number.parseInt(hash('sha256', `${seed}|${purpose}`).slice(0, 12), 16) / 2 ** 48;
}

/** One element of a non-empty list. */
export function pick<T>(seed: string, purpose: string, from: readonly T[]): T {
  const chosen = from[Math.floor(uniform(seed, purpose) * from.length)];
  if (chosen === undefined) throw new Error(`nothing to pick from for "${purpose}"`);
  return chosen;
}

/** Lognormal with the given median and shape, the normal deviate by Box and Muller (1958). */
export function lognormal(seed: string, purpose: string, median: number, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, `${purpose}/radius`)));
  return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * uniform(seed, `${purpose}/angle`)));
}
