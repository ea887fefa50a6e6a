import type { UpstreamPolicy } from '../../schemas/ingress-policy.ts';
import type { UpstreamCall, UpstreamLimits, UpstreamSink } from '../protocol/upstream-call.ts';
import { GuardedCall } from './guarded-call.ts';
import type { CallDeps, UnlimitedRequest } from './guarded-call.ts';
import { Lane } from './upstream-lane.ts';
import type { AgentState } from './upstream-lane.ts';

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
  send(target: UpstreamTarget, request: UnlimitedRequest, sink: UpstreamSink): UpstreamCall;
  /** Left alone for now because it failed: ask before choosing it, if another may answer. */
  isEjected(agent: string, label: string): boolean;
  /** Calls wait for it, or 80 % of its places are taken: what can wait should not be sent there. */
  isBusy(agent: string, label: string): boolean;
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

  send(target: UpstreamTarget, request: UnlimitedRequest, sink: UpstreamSink): UpstreamCall {
    const lane = this.#laneOf(target);
    const call = new GuardedCall(this.#deps, lane, request, sink, target.retryable);
    lane.enter(call);
    return call;
  }

  isEjected(agent: string, label: string): boolean {
    return this.#agents.get(agent)?.lanes.get(label)?.health.isEjected ?? false;
  }

  isBusy(agent: string, label: string): boolean {
    return this.#agents.get(agent)?.lanes.get(label)?.isBusy ?? false;
  }

  serving(agent: string, labels: ReadonlySet<string>): void {
    for (const lane of this.#agents.get(agent)?.lanes.values() ?? [])
      if (lane.health.isEjected && !labels.has(lane.label)) lane.takeBack();
  }

  sweep(): void {
    const nowMs = this.#deps.nowMs();
    for (const state of this.#agents.values()) {
      this.#follow(state);
      const isIntervalOver = nowMs - state.sweptAtMs >= state.policy.outlier.interval;
      if (isIntervalOver) state.sweptAtMs = nowMs;
      for (const lane of state.lanes.values()) {
        if (isIntervalOver) lane.endInterval(nowMs);
        lane.admit();
        if (lane.wasUsed || !lane.isEmpty || lane.health.isEjected) lane.usedAtMs = nowMs;
        lane.wasUsed = false;
        if (nowMs - lane.usedAtMs >= FORGET_AFTER_MS) state.lanes.delete(lane.label);
      }
      if (state.lanes.size === 0) this.#agents.delete(state.agent);
    }
  }

  inFlight(): number {
    let count = 0;
    for (const { lanes } of this.#agents.values()) for (const { underWay } of lanes.values()) count += underWay;
    return count;
  }

  #laneOf({ agent, label, siblings }: UpstreamTarget): Lane {
    const state = this.#agents.get(agent) ?? this.#addAgent(agent);
    this.#follow(state);
    state.siblings = siblings;
    const known = state.lanes.get(label);
    if (known !== undefined) return known;
    const lane = new Lane(this.#deps, state, label);
    state.lanes.set(label, lane);
    return lane;
  }

  #addAgent(agent: string): AgentState {
    const policy = this.#deps.policyOf(agent);
    const limits = limitsOf(policy);
    const sweptAtMs = this.#deps.nowMs();
    const state = { agent, policy, limits, siblings: 1, ejected: 0, sweptAtMs, lanes: new Map<string, Lane>() };
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
