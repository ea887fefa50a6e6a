import type { UpstreamPolicy } from '../../schemas/ingress-policy.ts';
import type { UpstreamLimits, UpstreamSink, WatchedCall } from '../protocol/upstream-call.ts';
import { GuardedCall } from './guarded-call.ts';
import type { CallDeps, UnlimitedRequest } from './guarded-call.ts';
import { VersionGate } from './version-gate.ts';
import type { AgentState } from './version-gate.ts';

/** A version that no call went to for so long is forgotten, unless it is ejected. */
const FORGET_AFTER_MS = 3_600_000;

export type UpstreamTarget = {
  agent: string;
  label: string;
  /** How many versions the agent has that may serve, this one included. */
  siblings: number;
  /** Whether to try once more here. Where another version may answer, that is the better second try: say false. */
  retryable: boolean;
};

export type UpstreamsDeps = CallDeps & {
  /** Asked with every call, so it may change at any time; what is under way or ejected stays so. */
  policyOf: (agent: string) => UpstreamPolicy;
};

export type Upstreams = {
  /**
   * Like SendUpstream, with the agent's timeouts filled in. Waits for a place among the version's calls, fails with
   * `overloaded` if there is none in time, and repeats once what may be repeated. Never throws, and reports nothing
   * before it has returned unless the client below does.
   */
  send(target: UpstreamTarget, request: UnlimitedRequest, sink: UpstreamSink): WatchedCall;
  /** For how long an agent's versions may be silent within an answer. */
  idleMs(agent: string): number;
  /** Left alone for now because it failed: ask before choosing it, if another may answer. */
  isEjected(agent: string, label: string): boolean;
  /** Calls wait for it, or 80 % of its places are taken: what can wait should not be sent there. */
  isBusy(agent: string, label: string): boolean;
  /** Neither ejected nor busy: it may be sent what another version did not want. */
  hasRoom(agent: string, label: string): boolean;
  /** The versions that may serve from now on: the ejection of any other ends, or it would count against the new ones. */
  serving(agent: string, labels: ReadonlySet<string>): void;
  /** To be called about once a second: ends intervals and ejections, and forgets what is no longer used. */
  sweep(): void;
  /** Calls that have a place, whose version may still be silent. */
  inFlight(): number;
};

export const limitsOf = (policy: UpstreamPolicy): UpstreamLimits => ({
  connectMs: policy.connectTimeout,
  firstByteMs: policy.firstByteTimeout,
  idleMs: policy.idleTimeout,
  totalMs: policy.totalTimeout,
});

/** What stands between the relay and an upstream, per agent and version: places, retries, ejection. */
class Guard implements Upstreams {
  readonly #deps: UpstreamsDeps;
  readonly #agents = new Map<string, AgentState>();

  constructor(deps: UpstreamsDeps) {
    this.#deps = deps;
  }

  send(target: UpstreamTarget, request: UnlimitedRequest, sink: UpstreamSink): WatchedCall {
    const gate = this.#gateOf(target);
    const call = new GuardedCall(this.#deps, gate, request, sink, target.retryable);
    gate.enter(call);
    return call;
  }

  idleMs(agent: string): number {
    return this.#deps.policyOf(agent).idleTimeout;
  }

  isEjected(agent: string, label: string): boolean {
    return this.#agents.get(agent)?.gates.get(label)?.health.isEjected ?? false;
  }

  isBusy(agent: string, label: string): boolean {
    return this.#agents.get(agent)?.gates.get(label)?.isBusy ?? false;
  }

  hasRoom(agent: string, label: string): boolean {
    return !this.isEjected(agent, label) && !this.isBusy(agent, label);
  }

  serving(agent: string, labels: ReadonlySet<string>): void {
    for (const gate of this.#agents.get(agent)?.gates.values() ?? [])
      if (gate.health.isEjected && !labels.has(gate.label)) gate.takeBack();
  }

  sweep(): void {
    const nowMs = this.#deps.nowMs();
    for (const state of this.#agents.values()) {
      this.#follow(state);
      const isIntervalOver = nowMs - state.sweptAtMs >= state.policy.outlier.interval;
      if (isIntervalOver) state.sweptAtMs = nowMs;
      for (const gate of state.gates.values()) {
        if (isIntervalOver) gate.endInterval(nowMs);
        gate.admit();
        if (gate.wasUsed || !gate.isEmpty || gate.health.isEjected) gate.usedAtMs = nowMs;
        gate.wasUsed = false;
        if (nowMs - gate.usedAtMs >= FORGET_AFTER_MS) state.gates.delete(gate.label);
      }
      if (state.gates.size === 0) this.#agents.delete(state.agent);
    }
  }

  inFlight(): number {
    let count = 0;
    for (const { gates } of this.#agents.values()) for (const { underWay } of gates.values()) count += underWay;
    return count;
  }

  #gateOf({ agent, label, siblings }: UpstreamTarget): VersionGate {
    const state = this.#agents.get(agent) ?? this.#addAgent(agent);
    this.#follow(state);
    state.siblings = siblings;
    const known = state.gates.get(label);
    if (known !== undefined) return known;
    const gate = new VersionGate(this.#deps, state, label);
    state.gates.set(label, gate);
    return gate;
  }

  #addAgent(agent: string): AgentState {
    const policy = this.#deps.policyOf(agent);
    const limits = limitsOf(policy);
    const sweptAtMs = this.#deps.nowMs();
    const state = { agent, policy, limits, siblings: 1, ejected: 0, sweptAtMs, gates: new Map<string, VersionGate>() };
    this.#agents.set(agent, state);
    return state;
  }

  #follow(state: AgentState): void {
    const policy = this.#deps.policyOf(state.agent);
    if (policy === state.policy) return;
    state.policy = policy;
    state.limits = limitsOf(policy);
  }
}

export const createUpstreams = (deps: UpstreamsDeps): Upstreams => new Guard(deps);
