import type { AdmissionCall } from '../admission/admission-call.ts';
import { CLIENT_GONE } from '../exchange/live-exchange.ts';
import type { Refusal } from '../protocol/error-envelope.ts';

type Message = { bytes: Buffer; isBinary: boolean };

const NONE: readonly Message[] = [];

/**
 * What the chain says of a connection's turns, one at a time. While a policy has to wait for its answer, the client's
 * messages are held back; most connections never hold any.
 */
export class TurnAdmission {
  readonly #handshake: AdmissionCall;
  #turn: AdmissionCall | null = null;
  #held: Message[] | null = null;
  #heldBytes = 0;

  constructor(handshake: AdmissionCall) {
    this.#handshake = handshake;
  }

  /** Bytes that wait until the turn that they begin is admitted. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isWaiting(): boolean {
    return this.#held !== null;
  }

  /**
   * Asks for a turn; the one before must be settled. Null: it may begin. Undefined: it has to wait, and `decided` is called
   * later, unless the turn is over by then; the messages meanwhile are for `hold`.
   */
  begin(decided: (refusal: Refusal | null) => void): Refusal | null | undefined {
    const turn = this.#handshake.turn();
    this.#turn = turn;
    const answer = turn.enterTurn();
    if (!(answer instanceof Promise)) return answer;
    this.#held = [];
    void answer.then((refusal) => this.#turn === turn && decided(refusal));
    return undefined;
  }

  /** Keeps a copy of a message. */
  hold(message: Buffer, isBinary: boolean): void {
    this.#held?.push({ bytes: Buffer.from(message), isBinary });
    this.#heldBytes += message.length;
  }

  /** What was held, in its order; nothing is held from now on. */
  taken(): readonly Message[] {
    const held = this.#held ?? NONE;
    this.#held = null;
    this.#heldBytes = 0;
    return held;
  }

  /** The call of the turn under way, which is the caller's to settle; null if there is none. */
  ended(): AdmissionCall | null {
    const turn = this.#turn;
    this.#turn = null;
    return turn;
  }

  /** Settles a turn that never began. */
  abandon(status: number = CLIENT_GONE): void {
    this.ended()?.settle(status);
    this.taken();
  }
}
