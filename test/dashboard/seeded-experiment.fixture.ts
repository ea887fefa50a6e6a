import { rowOf, trafficRows } from '../../controller/test/experiment.fixture.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import type { WindowRow } from '../../schemas/window.ts';

/** How often an arm of the made-up experiment solves its task, and fails. */
const ARMS: Readonly<Record<string, { solves: number; fails: number }>> = {
  stable: { solves: 0.86, fails: 0.012 },
  warm: { solves: 0.9, fails: 0.012 },
  brief: { solves: 0.84, fails: 0.02 },
};

/** One window of an experiment between three arms, as the analyzer would write it: its goal `task_success`, and the traffic. */
export const experimentRows = (
  view: RoutingView,
  {
    startMs,
    windowMs,
    requests,
    random,
  }: { startMs: number; windowMs: number; requests: number; random: () => number },
): WindowRow[] =>
  view.arms.flatMap(({ name, version, weight }) => {
    const { solves, fails } = ARMS[name]!;
    const count = Math.round((requests * weight) / 100);
    const values = Array.from({ length: count }, () => Number(random() < solves));
    const failed = Array.from({ length: count }, () => random() < fails).filter(Boolean).length;
    const own = { agent: view.agent, rollout: view.rollout, routingSequence: view.sequence, version };
    return [rowOf(name, 'task_success', startMs, values), ...trafficRows(name, startMs, count, failed)].map((row) => ({
      ...row,
      ...own,
      endMs: startMs + windowMs,
    }));
  });
