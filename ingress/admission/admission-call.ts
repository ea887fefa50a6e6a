import type { Outcome } from '../../schemas/exchange.ts';
import type { Usage } from '../../openai/usage.ts';
import { factsOfAnswer } from '../exchange/finished-exchange.ts';
import type { ExchangeEntry } from '../exchange/journal-record.ts';
import { CLIENT_GONE } from '../exchange/live-exchange.ts';
import type { ClientRequest, ReplyHeaders } from '../protocol/client-call.ts';
import { unavailable } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { Subject } from '../routing/subject.ts';
import { NOBODY } from './authenticate.ts';
import type { Principal } from './authenticate.ts';

/**
 * What is admitted: a browser's question whether a page may call, a request, a WebSocket's handshake (which ends with its
 * connection), and each turn on that connection.
 */
export type CallKind = 'preflight' | 'request' | 'handshake' | 'turn';

/** `open` is for everyone, `operator` for the role `operator` and for this host. */
export type Access = 'open' | 'caller' | 'operator';

/** What the client saw. `refused`: by a policy, or by the front door itself before any version was asked. */
export type CallOutcome = Outcome | 'refused';

type Answer = Refusal | null;

/**
 * One rule about who may call, and how much. Each is one file, and one line of `chain.ts`, which is their order. A refusal
 * is what the client gets; null lets the call pass. `admit` and `reserve` may add to `call.headers`, which go with every
 * answer. None may throw.
 */
export type AdmissionPolicy = {
  name: string;
  /** What it asks, for the table in docs/ingress-policy.md. */
  about: string;
  /** Asked first, of the head alone (client, kind, access), before a body is read. Holds nothing. Not asked of turns. */
  admit?: (call: AdmissionCall) => Answer;
  /**
   * Called once, when the call is over, if `reserve` let it pass; a policy without `reserve` lets everything pass. The call
   * then says how it ended: `outcome`, `status`, `answerBytes`, `usage`. Gives back what was reserved.
   */
  settle?: (call: AdmissionCall) => void;
} & (
  | {
      /** `reserve` is asked as soon as all have admitted the call, and at once. */
      needs: 'head';
      reserve?: (call: AdmissionCall) => Answer;
    }
  | {
      /** `reserve` is asked when agent, subject and body are known, so never of calls that go to no agent. */
      needs: 'agent';
      /** A promise only if it must wait: the call does, too. */
      reserve?: (call: AdmissionCall) => Answer | Promise<Answer>;
    }
);

/** The policies in the forms that calls need, made once. */
export type AdmissionChain = {
  admitting: readonly AdmissionPolicy[];
  /** Those that need the head come first, each kind in the chain's order. */
  reserving: readonly AdmissionPolicy[];
  needHead: number;
};

export const chainOf = (policies: readonly AdmissionPolicy[]): AdmissionChain => {
  const hears = policies.filter(({ reserve, settle }) => reserve !== undefined || settle !== undefined);
  const early = hears.filter(({ needs }) => needs === 'head');
  return {
    admitting: policies.filter(({ admit }) => admit !== undefined),
    reserving: [...early, ...hears.filter(({ needs }) => needs === 'agent')],
    needHead: early.length,
  };
};

const NO_HEADERS: ReplyHeaders = [];
const NO_SUBJECT: Subject = { subject: '', known: '', isSomeone: false, vouched: false };
/** Nobody reads it: whoever would have is gone. */
const GONE: Refusal = { error: unavailable('client_gone', 'The client left.'), headers: NO_HEADERS };
const BROKEN: Refusal = {
  error: unavailable('admission_failed', 'It can not be told just now whether you may call. Try again later.'),
  headers: ['retry-after', '1'],
};

/**
 * One call on its way through the chain, from its head to its end: the one place where policies are asked and told. However
 * often and by whomever it is settled, each policy hears of it once.
 */
export class AdmissionCall {
  readonly kind: CallKind;
  readonly access: Access;
  /** With its body from `reserve` on. Of an open connection's only what `slimmed` keeps, such as the address. */
  client: ClientRequest;
  principal: Principal = NOBODY;
  /** Of every answer to this call. */
  headers: ReplyHeaders = NO_HEADERS;

  /** Known when `reserve` is asked, but by a policy that needs only the head. */
  agent = '';
  subject: Subject = NO_SUBJECT;
  /** Whether it asks for a version or an arm by name. */
  isPinned = false;

  /** Known when the call is settled. */
  outcome: CallOutcome = 'refused';
  /** Of the answer; 499 if the client left before there was one, 101 of a connection that was open. */
  status = 0;

  readonly #chain: AdmissionChain;
  #exchange: ExchangeEntry | null = null;
  #reserved = 0;
  #isOutcomeKnown = false;
  #isSettled = false;

  constructor(chain: AdmissionChain, kind: CallKind, client: ClientRequest, access: Access) {
    this.#chain = chain;
    this.kind = kind;
    this.client = client;
    this.access = access;
  }

  /** Asks what the head alone decides. */
  enter(): Refusal | null {
    const { admitting, needHead } = this.#chain;
    for (let i = 0; i < admitting.length; i += 1) {
      const refusal = admitting[i]!.admit!(this);
      if (refusal !== null) return refusal;
    }
    return this.#reserve(needHead) as Answer;
  }

  /** Asks the rest, once it is known for which agent the call is, and for whom. At once, unless a policy has to wait. */
  reserve(agent: string, subject: Subject, isPinned: boolean, client: ClientRequest): Answer | Promise<Answer> {
    this.agent = agent;
    this.subject = subject;
    this.isPinned = isPinned;
    this.client = client;
    return this.#reserve(this.#chain.reserving.length);
  }

  /** A turn on the connection whose handshake this is. */
  turn(): AdmissionCall {
    const turn = new AdmissionCall(this.#chain, 'turn', this.client, this.access);
    turn.principal = this.principal;
    turn.agent = this.agent;
    turn.subject = this.subject;
    return turn;
  }

  /** Asks whether the turn may begin. */
  enterTurn(): Answer | Promise<Answer> {
    return this.#reserve(this.#chain.reserving.length);
  }

  /** How it went, if more is known of that than the answer's status. */
  ended(outcome: CallOutcome, status: number, exchange: ExchangeEntry | null): void {
    this.outcome = outcome;
    this.status = status;
    this.#exchange = exchange;
    this.#isOutcomeKnown = true;
  }

  /**
   * The call is over: all that was reserved is given back, the last first. The first time counts.
   * @param status of the answer, if `ended` was not told.
   */
  settle(status: number): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (!this.#isOutcomeKnown) {
      this.status = status;
      this.outcome = status === CLIENT_GONE ? 'client_abort' : status < 400 ? 'ok' : 'refused';
    }
    const { reserving } = this.#chain;
    for (let i = this.#reserved - 1; i >= 0; i -= 1) reserving[i]!.settle?.(this);
    this.#exchange = null;
  }

  /** Bytes of the answer's body as far as it came. 0 if no version was asked. */
  get answerBytes(): number {
    return this.#exchange?.head.response.sizeBytes ?? 0;
  }

  /**
   * Tokens and cost, to be asked for by `settle`; null if no version was asked, or its answer tells none. Nobody counts them on
   * a request's way (the publisher does later), so a policy that asks pays for reading the answer's end.
   */
  get usage(): Usage | null {
    const exchange = this.#exchange;
    if (exchange === null) return null;
    const usage = exchange.head.usage ?? factsOfAnswer(exchange).usage;
    return usage.promptTokens === null && usage.completionTokens === null ? null : usage;
  }

  #reserve(upTo: number): Answer | Promise<Answer> {
    if (this.#isSettled) return GONE;
    const { reserving } = this.#chain;
    while (this.#reserved < upTo) {
      const answer = reserving[this.#reserved]!.reserve?.(this) ?? null;
      if (answer instanceof Promise)
        return answer.then(
          (late) => this.#goOn(late, upTo),
          () => BROKEN,
        );
      if (answer !== null) return answer;
      this.#reserved += 1;
    }
    return null;
  }

  /** A policy that had to wait has answered. */
  #goOn(answer: Answer, upTo: number): Answer | Promise<Answer> {
    if (answer !== null) return answer;
    if (this.#isSettled) {
      this.#chain.reserving[this.#reserved]!.settle?.(this);
      return GONE;
    }
    this.#reserved += 1;
    return this.#reserve(upTo);
  }
}
