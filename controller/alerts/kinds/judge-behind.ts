import type { AlertFact } from '../../../schemas/alert.ts';
import { type AlertKind, factOf, subjectOf, type World } from '../alert-kind.ts';
import { heldRollouts, isOfJudge } from '../holds.ts';
import { JUDGE_BEHIND_FROM_MS, JUDGE_CAUGHT_UP_BELOW_MS } from '../pipeline.ts';

/** No agent and no rollout has such a name. */
const OF_ALL = 'judge-behind|of all agents';

/** The judge as a whole, by what waits for it; as it was where that can't be told now. */
const waits = ({ open, nowMs, pipeline }: World): AlertFact[] => {
  const before = open.get(OF_ALL);
  const waitedMs = pipeline?.judgeWaitedMs ?? null;
  if (waitedMs === null) return before === undefined ? [] : [before];
  if (waitedMs < (before === undefined ? JUDGE_BEHIND_FROM_MS : JUDGE_CAUGHT_UP_BELOW_MS)) return [];
  const seconds = Math.round(waitedMs / 1_000);
  return [
    factOf({
      key: OF_ALL,
      event: 'judge-behind',
      severity: 'warning',
      agent: null,
      sinceMs: nowMs - waitedMs,
      summary: `what the judge has still to read waits for ${seconds} s; coalmine lag shows whether it catches up`,
      value: seconds,
      threshold: JUDGE_BEHIND_FROM_MS / 1_000,
    }),
  ];
};

export const judgeBehind: AlertKind = {
  severity: 'warning',
  title: (fact) => (fact.agent === null ? 'The judge is behind' : `The judge is behind: ${subjectOf(fact)}`),
  about: {
    when: 'what the judge has still to read waits for two minutes; or it leaves out more than half of the answers of an agent that has no canary, or of those meant for its models; or a rollout is on HOLD because the judge is silent, fails, or scores too few answers for any decision',
    over: 'nothing waits for 30 seconds any more; it scores four of five answers again; the rollout goes on, or ends',
  },
  standing: (world) => [
    ...waits(world),
    ...heldRollouts(world, { event: 'judge-behind', severity: 'warning' }, isOfJudge),
  ],
};
