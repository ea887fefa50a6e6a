import type { Clock } from '../../platform/process/clock.ts';
import { createRunAgain } from '../../platform/process/run-again.ts';
import { ServableView } from '../../schemas/servable-view.ts';
import type { ControllerEvents } from '../events.ts';
import type { Ledger } from '../ledger.ts';

/** What became of a view offered to Redis: a later one stands there (`older`), or another under the same sequence. */
export type ApplyOutcome = 'applied' | 'same' | 'older' | 'conflict';
export type ApplyRouting = (agent: string, sequence: number, json: string) => Promise<ApplyOutcome>;

export type RoutingWriterDeps = {
  ledger: Ledger;
  clock: Clock;
  events: ControllerEvents;
  apply: ApplyRouting;
  everyMs: number;
};

/** Redis may be ahead of the log as read here for this long. */
const AHEAD_OF_LOG_MS = 10_000;

export type RoutingWriter = { kick(agent: string): void; stop(): Promise<void> };

/**
 * Keeps Redis a view of the decision log. Every controller does it, for every agent: at once when a decision stands in the
 * log, and again every two seconds, so that a wiped or restored Redis, or a controller killed in between, heals.
 */
export const startRoutingWriter = ({ ledger, clock, events, apply, everyMs }: RoutingWriterDeps): RoutingWriter => {
  const stopping = new AbortController();
  const suspects = new Map<string, { what: string; sinceMs: number; isSaid: boolean }>();

  /** Another controller may have read further in the log and written first; what lasts, nobody's log says. */
  const suspect = (agent: string, sequence: number, outcome: 'older' | 'conflict'): void => {
    const what = `${outcome} ${sequence}`;
    const known = suspects.get(agent);
    if (known?.what !== what) suspects.set(agent, { what, sinceMs: clock.nowMs(), isSaid: false });
    const now = suspects.get(agent);
    if (now === undefined || now.isSaid) return;
    if (outcome === 'older' && clock.nowMs() - now.sinceMs < AHEAD_OF_LOG_MS) return;
    now.isSaid = true;
    events.routingAlarm(agent, outcome, sequence);
  };

  const writeOnce = async (agent: string): Promise<void> => {
    const routing = ledger.agents.get(agent)?.routing;
    if (!ledger.isRead() || routing == null) return;
    try {
      const outcome = await apply(agent, routing.sequence, JSON.stringify(ServableView.parse(routing)));
      if (outcome === 'applied' || outcome === 'same') events.routingWritten(agent, outcome);
      else suspect(agent, routing.sequence, outcome);
    } catch (error) {
      if (!stopping.signal.aborted) events.routingFailed(error);
    }
  };

  const writing = createRunAgain(writeOnce, () => stopping.signal.aborted);

  const reconciling = (async () => {
    while (!stopping.signal.aborted) {
      for (const agent of ledger.agents.keys()) writing.ask(agent);
      await clock.sleep(everyMs, stopping.signal);
    }
  })();

  return {
    kick: writing.ask,
    stop: async () => {
      stopping.abort();
      await reconciling;
      await writing.idle();
    },
  };
};
