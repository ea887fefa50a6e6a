/** What a queue's members carry for it. Only the queue writes these. */
type Queueable<T> = { queued: boolean; before: T | null; after: T | null };

/**
 * First in, first out, with leaving from anywhere in constant time: those who wait are linked to each other, so that
 * neither an entry nor a client that gives up costs an allocation or a search.
 */
export class CallQueue<T extends Queueable<T>> {
  #first: T | null = null;
  #last: T | null = null;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): T | null {
    return this.#first;
  }

  push(member: T): void {
    member.queued = true;
    member.before = this.#last;
    member.after = null;
    if (this.#last === null) this.#first = member;
    else this.#last.after = member;
    this.#last = member;
    this.#length += 1;
  }

  /** False if it does not wait here. */
  remove(member: T): boolean {
    if (!member.queued) return false;
    if (member.before === null) this.#first = member.after;
    else member.before.after = member.after;
    if (member.after === null) this.#last = member.before;
    else member.after.before = member.before;
    member.queued = false;
    member.before = null;
    member.after = null;
    this.#length -= 1;
    return true;
  }
}
