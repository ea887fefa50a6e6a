import { LRUCache } from 'lru-cache';
import { upTo } from '../protocol/remembered.ts';
import type { LimitResult } from './gcra.ts';

/** Whoever has nothing left is asked about again after this, so that a changed or forgotten limit is soon noticed. */
const REMEMBERED_MS = 1_000;
const MAX_CALLERS = 10_000;

type Spent = { result: LimitResult; refusedAtMs: number };

/**
 * The keys and addresses whose limit was just found to be reached. Until time has passed they have nothing left, whatever
 * they ask for, since nothing is charged to who is refused: that can be told by a request's head alone.
 */
export class SpentCallers {
  readonly #spent = new LRUCache<string, Spent>(upTo(MAX_CALLERS));

  /** @param result a refusal, by whichever bucket */
  refused(result: LimitResult, nowMs: number): void {
    if (/^(?:key|address):/.test(result.bucket)) this.#spent.set(result.bucket, { result, refusedAtMs: nowMs });
  }

  /** The refusal as it is by now; null if the caller's bucket may have something left. */
  find(bucket: string, nowMs: number): LimitResult | null {
    const spent = this.#spent.get(bucket);
    if (spent === undefined) return null;
    const sinceMs = nowMs - spent.refusedAtMs;
    const retryAfterMs = spent.result.retryAfterMs - sinceMs;
    if (sinceMs >= 0 && sinceMs < REMEMBERED_MS && retryAfterMs > 0)
      return { ...spent.result, retryAfterMs, resetMs: Math.max(0, spent.result.resetMs - sinceMs) };
    this.#spent.delete(bucket);
    return null;
  }

  get isEmpty(): boolean {
    return this.#spent.size === 0;
  }
}
