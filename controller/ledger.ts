import type { Bus } from '../platform/kafka/bus.ts';
import type { Clock } from '../platform/process/clock.ts';
import { Decision } from '../schemas/decision.ts';
import { DECISIONS } from '../schemas/topics.ts';
import { createConfirmedAppend, type Watchers } from './append-confirmed.ts';
import { type AgentState, applyDecision, newAgent } from './rollout/agent-log.ts';
import type { ControllerEvents } from './events.ts';
import { followLog } from './follow-log.ts';

const KEPT_DECISIONS = 500;

/** The decision log: read as it grows, and the only way to take a step. */
export type Ledger = {
  agents: ReadonlyMap<string, AgentState>;
  /** The latest effective decisions of an agent, oldest first. */
  decisions(agent: string): readonly Decision[];
  /** Whether everything that stood in the log at the start has been read. */
  isRead(): boolean;
  /** Resolves once it is. */
  whenRead: Promise<void>;
  transact: Transact;
  stop(): Promise<void>;
};

/** What a plan comes to: a decision to take, or, under another `kind`, why there is none. */
type Planned = { kind: 'decide'; decision: Decision } | { kind: string; decision?: never };

/**
 * Takes one step of an agent. Plans it against the agent's state (null before its first decision), proposes the decision
 * and, where another one came first, plans anew. Gives what was planned last: if that is a decision, it is effective;
 * anything else was not tried. `outrun`: other decisions came first every time, and nothing was done. Tries again while
 * Kafka is away. Rejects when the signal aborts (the decision may yet take effect), and for a decision that Kafka refuses.
 */
export type Transact = <P extends Planned>(
  agent: string,
  plan: (state: AgentState | null) => P,
  signal: AbortSignal,
) => Promise<P | { kind: 'outrun' }>;

/**
 * Appends and waits until the log has settled who holds the decision's sequence. `lost`: another decision came first. Tries
 * again while Kafka is away. Rejects when the signal aborts, and for a decision that Kafka refuses.
 */
type Propose = (decision: Decision, signal: AbortSignal) => Promise<'effective' | 'lost'>;

/** Races that a step may lose. Each is won by somebody, so whoever loses so many is one of a crowd. */
const MAX_RACES = 20;

/** `onOwn` is told of each decision of this process that became effective. */
export const createTransact =
  (
    agents: ReadonlyMap<string, AgentState>,
    propose: Propose,
    onOwn: (decision: Decision) => void = () => {},
  ): Transact =>
  async (agent, plan, signal) => {
    for (let race = 1; race <= MAX_RACES; race++) {
      const planned = plan(agents.get(agent) ?? null);
      if (planned.decision === undefined) return planned;
      if ((await propose(planned.decision, signal)) === 'lost') continue;
      onOwn(planned.decision);
      return planned;
    }
    return { kind: 'outrun' };
  };

export type LedgerDeps = {
  bus: Bus;
  clock: Clock;
  events: ControllerEvents;
  onEffective: (decision: Decision) => void;
  /** Told of each decision of this controller that became effective. */
  onOwn: (decision: Decision) => void;
};

/** The same decision has the same text, whether it was just made or read back. */
const textOf = (decision: Decision): string => JSON.stringify(Decision.parse(decision));

/** Follows all partitions of the log from their first record. Resolves at once. */
export const startLedger = async ({ bus, clock, events, onEffective, onOwn }: LedgerDeps): Promise<Ledger> => {
  const agents = new Map<string, AgentState>();
  const kept = new Map<string, Decision[]>();
  const watchers: Watchers<Decision> = new Set();
  const appendConfirmed = createConfirmedAppend({ bus, clock, events });
  const { promise: whenRead, resolve: onRead } = Promise.withResolvers<void>();

  const take = (decision: Decision): void => {
    const next = applyDecision(agents.get(decision.agent) ?? newAgent(decision.agent), decision);
    if (next === null) events.lost(decision);
    else {
      agents.set(decision.agent, next);
      const recent = kept.get(decision.agent) ?? [];
      kept.set(decision.agent, [...recent, decision].slice(-KEPT_DECISIONS));
      events.effective(decision);
    }
    for (const watcher of watchers) watcher(decision);
    if (next !== null) onEffective(decision);
  };

  const log = await followLog({
    bus,
    clock,
    topic: DECISIONS,
    onRecord: ({ value }) => take(value),
    onRead: () => {
      events.logRead(agents.size);
      onRead();
    },
    onFailure: (error) => events.readFailed(DECISIONS.name, error),
  });

  const propose: Propose = (decision, signal) => {
    const { agent, sequence } = decision;
    const own = textOf(decision);
    const look = (record: Decision | null): 'effective' | 'lost' | undefined => {
      const holder = kept.get(agent)?.findLast((d) => d.sequence === sequence);
      if (holder !== undefined) return textOf(holder) === own ? 'effective' : 'lost';
      return record?.agent === agent && textOf(record) === own ? 'lost' : undefined;
    };
    // Appending again is harmless: only the first can follow.
    const isOvertaken = (): boolean => (agents.get(agent)?.sequence ?? 0) >= sequence;
    const records = [decision];
    return appendConfirmed({ topic: DECISIONS, partitionKey: agent, records, watchers, look, isOvertaken }, signal);
  };

  return {
    agents,
    decisions: (agent) => kept.get(agent) ?? [],
    isRead: log.isRead,
    whenRead,
    transact: createTransact(agents, propose, onOwn),
    stop: log.stop,
  };
};
