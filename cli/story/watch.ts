import { type LagReader, messagesBehind } from '../../platform/kafka/lag.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { ControllerClient } from '../controller/client.ts';
import type { LiveRollout, LiveState } from './live-view.ts';
import { firstPace, nextPace } from './pace.ts';
import type { Follower } from './play.ts';
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
  sentence,
  logE,
  logThreshold,
  metrics,
}: RolloutView): LiveRollout => ({
  name,
  state,
  stage,
  stages: stages.map(({ weightPct }) => weightPct),
  weights: arms.map(({ version, weightPct }) => ({ version, weightPct })),
  sentence,
  logE: logE ?? 0,
  // Null where nothing is weighed: of an A/B and a blue-green switch.
  logThreshold: logThreshold ?? Number.POSITIVE_INFINITY,
  metrics: metrics.map(({ metric, slice, rule, candidateValue, stableValue, candidateCount, stableCount, logE }) => ({
    metric,
    slice,
    rule,
    candidateValue,
    stableValue,
    candidateCount,
    stableCount,
    logE,
  })),
});

/**
 * Gathers the live view's state twice a second; what can't be had at the moment is shown as it last was. Lets the traffic
 * come at the rate that is asked for, or at the one that all services keep up with.
 */
export const watch = (options: {
  controller: ControllerClient;
  lag: LagReader;
  log: Follower;
  traffic: Traffic;
  reporter: Reporter;
  ratePerSecond: number;
}): { ask(ratePerSecond: number): void; stop(): void } => {
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
  let asked = options.ratePerSecond;
  let pace = firstPace(asked);
  traffic.setRate(pace.rate);

  const readLag = async (): Promise<LiveState['lag']> => {
    const groups = await lag.read();
    pace = nextPace(pace, asked, { timeMs: performance.now(), groups });
    traffic.setRate(pace.rate);
    return groups.map((group) => ({ group: group.group, messages: messagesBehind(group) }));
  };

  const refresh = async (): Promise<void> => {
    const nowMs = performance.now();
    const accepted = traffic.ledger.accepted.size;
    const current = log.decisions.at(-1);
    const name = current?.rollout.split('#')[0];
    const requestsPerSecond = ((accepted - seen.accepted) * 1000) / Math.max(1, nowMs - seen.atMs);
    seen = { atMs: nowMs, accepted };
    const [groups, rollout] = await Promise.all([
      readLag().catch(() => state.lag),
      name ? controller.getRollout({ params: { name } }).then(liveRollout, () => state.rollout) : null,
    ]);
    state = {
      elapsedMs: nowMs - startedMs,
      accepted,
      failures: traffic.ledger.failures,
      requestsPerSecond,
      rollout,
      lag: groups,
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
  return {
    ask: (ratePerSecond) => {
      asked = ratePerSecond;
    },
    stop: () => clearInterval(timer),
  };
};
