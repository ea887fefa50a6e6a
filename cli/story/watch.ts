import type { LagReader } from '../../platform/kafka/lag.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { ControllerClient } from '../controller/client.ts';
import type { LiveRollout, LiveState } from './live-view.ts';
import type { Follower } from './play.ts';
import { GROUPS } from '../../schemas/topics.ts';
import { decisionLine, type Reporter } from './reporter.ts';
import type { Traffic } from './traffic.ts';

const REDRAW_MS = 500;
const SHOWN_DECISIONS = 3;

const liveRollout = ({
  name,
  state,
  stage,
  stages,
  arms,
  hold,
  logE,
  logThreshold,
  metrics,
}: RolloutView): LiveRollout => ({
  name,
  state,
  stage,
  stages: stages.map(({ weightPct }) => weightPct),
  weights: arms.map(({ version, weightPct }) => ({ version, weightPct })),
  hold,
  logE: logE ?? 0,
  // Null where nothing is weighed: of an A/B and a blue-green switch.
  logThreshold: logThreshold ?? Number.POSITIVE_INFINITY,
  metrics: metrics.map(({ metric, slice, candidateValue, stableValue, candidateCount, stableCount, logE }) => ({
    metric,
    slice,
    candidateValue,
    stableValue,
    candidateCount,
    stableCount,
    logE,
  })),
});

/**
 * Gathers the live view's state twice a second; what can't be had at the moment is shown as it last was. Tells the traffic
 * how far the judge is behind, as often as that can be read.
 */
export const watch = (options: {
  controller: ControllerClient;
  lag: LagReader;
  log: Follower;
  traffic: Traffic;
  reporter: Reporter;
}): { stop(): void } => {
  const { controller, lag, log, traffic, reporter } = options;
  const startedMs = performance.now();
  let state: LiveState = {
    elapsedMs: 0,
    accepted: 0,
    failures: 0,
    requestsPerSecond: 0,
    rollout: null,
    lag: [],
    decisions: [],
  };
  let seen = { atMs: startedMs, accepted: 0 };
  let busy = false;

  const readLag = async (): Promise<LiveState['lag']> => {
    const groups = await lag.read();
    traffic.pace(groups.find(({ group }) => group === GROUPS.judge)?.messages ?? 0);
    return groups;
  };

  const refresh = async (): Promise<void> => {
    const nowMs = performance.now();
    const accepted = traffic.ledger.accepted.size;
    const current = log.decisions.at(-1);
    const name = current?.rollout.split('#')[0];
    const requestsPerSecond = ((accepted - seen.accepted) * 1000) / Math.max(1, nowMs - seen.atMs);
    seen = { atMs: nowMs, accepted };
    state = {
      elapsedMs: nowMs - startedMs,
      accepted,
      failures: traffic.ledger.failures,
      requestsPerSecond,
      rollout: name ? await controller.getRollout({ params: { name } }).then(liveRollout, () => state.rollout) : null,
      lag: await readLag().catch(() => state.lag),
      decisions: log.decisions.slice(-SHOWN_DECISIONS).map(decisionLine),
    };
    reporter.live(state);
  };

  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void refresh().finally(() => {
      busy = false;
    });
  }, REDRAW_MS);
  return { stop: () => clearInterval(timer) };
};
