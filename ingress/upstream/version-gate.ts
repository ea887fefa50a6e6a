import type { UpstreamPolicy } from '../../schemas/ingress-policy.ts';
import { CallQueue } from './call-queue.ts';
import { eject, ejectionMs, endInterval, hasFailedInARow, mayEject, newHealth, takeBack } from './outlier.ts';
import type { EjectionReason } from './outlier.ts';
import { hasBudget } from './retry-budget.ts';
import type { UpstreamLimits } from '../protocol/upstream-call.ts';

/** What an operator may learn of the upstreams. */
export type UpstreamEvents = {
  ejected(agent: string, label: string, reason: EjectionReason, forMs: number): void;
  returned(agent: string, label: string): void;
  overloaded(agent: string, label: string): void;
  retried(agent: string, label: string, reason: string): void;
};

export type GateDeps = {
  /** A clock that never steps back. */
  nowMs: () => number;
  later: (delayMs: number, run: () => void) => void;
  events: UpstreamEvents;
};

/** What the versions of one agent share. */
export type AgentState = {
  agent: string;
  policy: UpstreamPolicy;
  limits: UpstreamLimits;
  siblings: number;
  ejected: number;
  sweptAtMs: number;
  gates: Map<string, VersionGate>;
};

/** A call as its gate sees it. */
export type GatedCall = {
  queued: boolean;
  before: GatedCall | null;
  after: GatedCall | null;
  waitsUntilMs: number;
  /** It has its place. Does not throw. */
  start(): void;
  /** It gets none. */
  refuse(): void;
};

const BUSY_SHARE = 0.8;

/** The calls to one version: how many are under way, who waits, and whether the version is left alone for a while. */
export class VersionGate {
  readonly owner: AgentState;
  readonly label: string;
  readonly health = newHealth();
  /** Retries between the decision and their head. */
  retries = 0;
  underWay = 0;
  /** Since the last sweep, so that a call need not ask the clock. */
  wasUsed = true;
  usedAtMs: number;
  readonly #deps: GateDeps;
  readonly #waiting = new CallQueue<GatedCall>();
  #isTimerSet = false;
  #isAdmitting = false;

  constructor(deps: GateDeps, owner: AgentState, label: string) {
    this.#deps = deps;
    this.owner = owner;
    this.label = label;
    this.usedAtMs = deps.nowMs();
  }

  get isBusy(): boolean {
    return this.#waiting.length > 0 || this.underWay >= this.owner.policy.maxConcurrent * BUSY_SHARE;
  }

  get isEmpty(): boolean {
    return this.underWay === 0 && this.#waiting.length === 0;
  }

  get mayRetry(): boolean {
    return hasBudget(this.retries, this.underWay, this.owner.policy.retry);
  }

  /** Starts the call, or lets it wait, or refuses it, but that not before its caller holds it. */
  enter(call: GatedCall): void {
    const { maxConcurrent, maxQueued, queueTimeout } = this.owner.policy;
    this.wasUsed = true;
    if (this.#waiting.length > 0) this.admit();
    if (this.#waiting.length === 0 && this.underWay < maxConcurrent) {
      this.underWay += 1;
      call.start();
    } else if (this.#waiting.length < maxQueued) {
      call.waitsUntilMs = this.#deps.nowMs() + queueTimeout;
      this.#waiting.push(call);
      this.#setTimer();
    } else {
      this.#deps.events.overloaded(this.owner.agent, this.label);
      queueMicrotask(() => call.refuse());
    }
  }

  /** A waiting call gives up. */
  leave(call: GatedCall): void {
    this.#waiting.remove(call);
  }

  /** A call that had its place is over. */
  release(): void {
    this.underWay -= 1;
    if (this.#waiting.length > 0) this.admit();
  }

  /** Gives free places to those who wait longest. */
  admit(): void {
    // A call that ends while it is started comes back here: the loop under way goes on, however long the queue is.
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    while (this.underWay < this.owner.policy.maxConcurrent) {
      const call = this.#waiting.first;
      if (call === null) break;
      this.#waiting.remove(call);
      this.underWay += 1;
      call.start();
    }
    this.#isAdmitting = false;
  }

  /** After each failure. */
  check(): void {
    if (hasFailedInARow(this.health, this.owner.policy.outlier)) this.#eject('consecutive_failures');
  }

  endInterval(nowMs: number): void {
    const due = endInterval(this.health, this.owner.policy.outlier, nowMs);
    if (due === 'take_back') this.takeBack();
    else if (due === 'eject') this.#eject('failure_pct');
  }

  takeBack(): void {
    takeBack(this.health);
    this.owner.ejected -= 1;
    this.#deps.events.returned(this.owner.agent, this.label);
  }

  #eject(reason: EjectionReason): void {
    const { agent, ejected, siblings, policy } = this.owner;
    if (!mayEject(ejected, siblings, policy.outlier)) return;
    this.owner.ejected += 1;
    eject(this.health, policy.outlier, this.#deps.nowMs());
    this.#deps.events.ejected(agent, this.label, reason, ejectionMs(this.health, policy.outlier));
  }

  /**
   * One timer at a time, for whoever waits longest. If a reload has made the timeout shorter, those who came since wait
   * until the timers of those before them have run out.
   */
  #setTimer(): void {
    const { first } = this.#waiting;
    if (this.#isTimerSet || first === null) return;
    this.#isTimerSet = true;
    this.#deps.later(Math.max(1, first.waitsUntilMs - this.#deps.nowMs()), () => {
      this.#isTimerSet = false;
      this.#expire();
      this.#setTimer();
    });
  }

  #expire(): void {
    const nowMs = this.#deps.nowMs();
    for (let call = this.#waiting.first; call !== null && call.waitsUntilMs <= nowMs; call = this.#waiting.first) {
      this.#waiting.remove(call);
      this.#deps.events.overloaded(this.owner.agent, this.label);
      call.refuse();
    }
  }
}
