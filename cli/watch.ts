import { z } from 'zod';
import type { LagReader } from '../platform/kafka/lag.ts';
import type { ControllerApi } from './controller-api.ts';
import type { LiveRollout, LiveState } from './live-view.ts';
import type { Follower } from './play.ts';
import { decisionLine, type Reporter } from './reporter.ts';
import type { Traffic } from './traffic.ts';

const REDRAW_MS = 500;
const SHOWN_DECISIONS = 3;

/** What the view needs of the controller's answer to `GET /v1/rollouts/:name`. */
const RolloutAnswer = z.object({
  name: z.string(),
  state: z.string(),
  stage: z.number(),
  stages: z.array(z.object({ weightPct: z.number() })),
  arms: z.array(z.object({ version: z.string(), weightPct: z.number() })),
  hold: z.string().nullable(),
  logE: z.number().nullable(),
  /** Null where nothing is weighed: of an A/B and a blue-green switch. */
  logThreshold: z.number().nullable(),
  metrics: z.array(
    z.object({
      metric: z.string(),
      slice: z.string(),
      candidateValue: z.number().nullable(),
      stableValue: z.number().nullable(),
      candidateCount: z.number(),
      stableCount: z.number(),
      logE: z.number().nullable(),
    }),
  ),
});

const liveRollout = (answer: unknown): LiveRollout | null => {
  const parsed = RolloutAnswer.safeParse(answer);
  if (!parsed.success) return null;
  const { stages, arms, logE, logThreshold, ...rest } = parsed.data;
  return {
    ...rest,
    stages: stages.map((s) => s.weightPct),
    weights: arms,
    logE: logE ?? 0,
    logThreshold: logThreshold ?? Number.POSITIVE_INFINITY,
  };
};

/** Gathers the live view's state twice a second; what can't be had at the moment is shown as it last was. */
export const watch = (options: {
  api: ControllerApi;
  lag: LagReader;
  log: Follower;
  traffic: Traffic;
  reporter: Reporter;
}): { stop(): void } => {
  const { api, lag, log, traffic, reporter } = options;
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
      rollout: name ? await api.rollout(name).then(liveRollout, () => state.rollout) : null,
      lag: await lag.read().catch(() => state.lag),
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
