/** Waits for the first content of a stream. Heartbeats are no answer: they don't make it wait any longer. */
export class FirstContentTimer {
  #timer: NodeJS.Timeout | undefined;
  #signs = 0;

  /**
   * To be called with the head and every piece until the first content came.
   * @param signs how often there was more than a heartbeat so far
   */
  watch(signs: number, idleMs: () => number, onSilence: () => void): void {
    if (this.#timer === undefined) this.#timer = setTimeout(onSilence, idleMs());
    else if (signs > this.#signs) this.#timer.refresh();
    this.#signs = signs;
  }

  /** The first content came, or nobody waits for it any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#signs = 0;
  }
}
