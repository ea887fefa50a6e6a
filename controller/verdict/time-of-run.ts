import type { TimeToVerdict } from '../../schemas/time-to-verdict.ts';
import type { RecentTraffic } from '../evidence/recent-traffic.ts';
import { noEvidence } from '../evidence/rollout-evidence.ts';
import { elapsedMs, isOver, type Run } from '../rollout/run.ts';
import { isCanary } from '../rollout/strategy.ts';
import type { Live } from './moment.ts';
import { timeToVerdict } from './time-to-verdict.ts';

/** How long a canary under way still needs; null of one that is over, of other strategies, and where the traffic is not seen. */
export const timeOfRun = (run: Run, live: Live | null, traffic: RecentTraffic | null): TimeToVerdict | null => {
  const { spec, stage, weightPct } = run;
  if (traffic === null || !isCanary(spec) || spec.strategy !== 'canary' || isOver(run.state)) return null;
  const facts = live?.observation.facts;
  const start = {
    stage,
    elapsedMs: facts === undefined ? 0 : elapsedMs(run, facts.streamTimeMs),
    weightPct,
    stageRequests: stage < 0 ? 0 : (facts?.candidateRequests ?? 0),
  };
  return timeToVerdict(spec, start, live?.evidence ?? noEvidence(spec), traffic);
};
