import { type LagReader, messagesBehind } from '../../platform/kafka/lag.ts';
import type { ControllerClient } from '../controller/client.ts';
import { liveRollout, type LiveState } from './live-view.ts';
import { carriedText, firstPace, nextPace } from './pace.ts';
import { decisionLine, type Reporter } from './reporter.ts';
import type { RolloutLog } from './rollout-log.ts';
import type { Traffic } from './traffic.ts';

const REDRAW_MS = 500;

/**
 * Gathers the live view's state twice a second, of the rollout that began last, whoever applied it; what can't be had at the
 * moment is shown as it last was. Lets the traffic, if there is any, come at the rate that is asked for, or at the one that all
 * services keep up with.
 */
export const watch = (options: {
  controller: ControllerClient;
  lag: LagReader;
  log: RolloutLog;
  traffic: Traffic | null;
  reporter: Reporter;
  ratePerSecond: number;
}): { ask(ratePerSecond: number): void; carried(): string; stop(): void } => {
  const { controller, lag, log, traffic, reporter } = options;
  const startedMs = performance.now();
  let state: LiveState = {
    elapsedMs: 0,
    traffic: null,
    rollout: null,
    lag: [],
    decisions: [],
  };
  let seen = { atMs: startedMs, accepted: 0 };
  let busy = false;
  let asked = options.ratePerSecond;
  let pace = firstPace(asked);
  traffic?.setRate(pace.rate);

  const readLag = async (): Promise<LiveState['lag']> => {
    const groups = await lag.read();
    if (traffic !== null) pace = nextPace(pace, asked, { timeMs: performance.now(), groups });
    traffic?.setRate(pace.rate);
    return groups.map((group) => ({ group: group.group, messages: messagesBehind(group) }));
  };

  const trafficAt = (nowMs: number): LiveState['traffic'] => {
    if (traffic === null) return null;
    const accepted = traffic.ledger.accepted.size;
    const requestsPerSecond = ((accepted - seen.accepted) * 1000) / Math.max(1, nowMs - seen.atMs);
    seen = { atMs: nowMs, accepted };
    return { accepted, failures: traffic.ledger.failures, requestsPerSecond, carried: carriedText(pace, asked) };
  };

  const refresh = async (): Promise<void> => {
    const nowMs = performance.now();
    const name = log.newest();
    const ours = trafficAt(nowMs);
    const [groups, rollout] = await Promise.all([
      readLag().catch(() => state.lag),
      name ? controller.getRollout({ params: { name } }).then(liveRollout, () => state.rollout) : null,
    ]);
    state = {
      elapsedMs: nowMs - startedMs,
      traffic: ours,
      rollout,
      lag: groups,
      decisions: log.latest().map(decisionLine),
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
    carried: () => carriedText(pace, asked),
    stop: () => clearInterval(timer),
  };
};
