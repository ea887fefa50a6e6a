/** A body up to here counts for nobody in particular: who sent it is only asked for longer ones. */
const SMALL_BYTES = 65_536;
/** Of all that may be held, one caller may have so much. */
const CALLERS_SHARE = 0.5;

/** What is held for one request or answer. Whoever begins one gives it back in the end. */
export type Holding = { bytes: number; caller: string | null };

export const holdingNothing = (): Holding => ({ bytes: 0, caller: null });

/**
 * The bytes of bodies that this process holds for clients: of requests while they come and until they are answered, and of
 * answers that wait for clients to read them. Beyond the limit nothing more is taken, and beyond half of it nothing of one
 * caller, so that nobody can take all the room for himself.
 */
export class HeldBytes {
  readonly #maxBytes: () => number;
  readonly #shares = new Map<string, number>();
  #bytes = 0;

  constructor(maxBytes: () => number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param callerOf names the caller: by key, or by network. Asked once a holding, when it is no longer small.
   * @returns false if there is no room; then nothing is taken.
   */
  take(holding: Holding, bytes: number, callerOf: () => string): boolean {
    const maxBytes = this.#maxBytes();
    if (this.#bytes + bytes > maxBytes) return false;
    if (holding.bytes + bytes > SMALL_BYTES && !this.#takeShare(holding, bytes, callerOf, maxBytes)) return false;
    holding.bytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  give(holding: Holding): void {
    const { bytes, caller } = holding;
    if (bytes === 0) return;
    this.#bytes -= bytes;
    holding.bytes = 0;
    if (caller === null) return;
    holding.caller = null;
    const left = (this.#shares.get(caller) ?? 0) - bytes;
    if (left > 0) this.#shares.set(caller, left);
    else this.#shares.delete(caller);
  }

  #takeShare(holding: Holding, bytes: number, callerOf: () => string, maxBytes: number): boolean {
    const caller = holding.caller ?? callerOf();
    const more = holding.caller === null ? holding.bytes + bytes : bytes;
    const share = (this.#shares.get(caller) ?? 0) + more;
    // One body may be longer than a share of little room.
    if (share > maxBytes * CALLERS_SHARE && share > more) return false;
    holding.caller = caller;
    this.#shares.set(caller, share);
    return true;
  }
}
