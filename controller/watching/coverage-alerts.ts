import type { Clock } from '../../platform/process/clock.ts';
import { factOf } from '../alerts/alert-kind.ts';
import type { Alerts } from '../alerts/alerts.ts';
import type { ControllerEvents } from '../events.ts';
import { type AnswerCoverage, sharesOf, type ToldShare } from './answer-coverage.ts';

/** Says of an agent's answers which shares of them are too low, and which are not any more. May be called again and again. */
export type TellCoverage = (agent: string, coverage: AnswerCoverage) => void;

/** Windows that end longer ago are read anew after a start: what they say is over by now, one way or the other. */
const FRESH_FOR_MS = 10 * 60_000;

export const createCoverageAlerts = ({
  alerts,
  clock,
  events,
}: {
  alerts: Pick<Alerts, 'raise' | 'settle' | 'isRead'>;
  clock: Clock;
  events: Pick<ControllerEvents, 'alertingFailed'>;
}): TellCoverage => {
  const underWay = new Set<string>();

  const tell = async (agent: string, share: ToldShare, key: string): Promise<void> => {
    if (!share.isLost) return alerts.settle(key);
    const { event, value, threshold, n, summary, foundMs: sinceMs } = share;
    return alerts.raise(factOf({ key, event, severity: 'warning', agent, sinceMs, summary, value, threshold, n }));
  };

  return (agent, coverage) => {
    if (!alerts.isRead()) return;
    for (const share of sharesOf(coverage, agent)) {
      const key = `${share.event}|${agent}|${share.name}`;
      if (underWay.has(key) || clock.nowMs() - share.throughMs > FRESH_FOR_MS) continue;
      underWay.add(key);
      tell(agent, share, key)
        .catch(events.alertingFailed)
        .finally(() => underWay.delete(key));
    }
  };
};
