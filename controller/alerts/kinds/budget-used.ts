import { isCanary, promotionOf } from '../../rollout/strategy.ts';
import { type AlertKind, factOf, runsUnderWay, subjectOf, versionOf } from '../alert-kind.ts';

export const budgetUsed: AlertKind = {
  severity: 'warning',
  title: (fact) => `Harm budget used: ${subjectOf(fact)}`,
  about: {
    when: 'under `promotion: budget` the weight went down to `minPct`: there is no room for more harm',
    over: 'the weight goes up again, or the rollout ends',
  },
  standing: (world) =>
    runsUnderWay(world).flatMap(({ agent, run, decisions }) => {
      if (!isCanary(run.spec) || run.state !== 'canary' || promotionOf(run.spec) !== 'budget') return [];
      const { minPct } = run.spec.budget;
      const lowered = decisions.findLast(({ type }) => type === 'adjust');
      if (lowered === undefined || run.weightPct > minPct) return [];
      const fact = factOf({
        key: `budget-used|${run.id}`,
        event: 'budget-used',
        severity: 'warning',
        agent,
        rollout: run.id,
        version: versionOf(run),
        sinceMs: lowered.timeMs,
        summary: lowered.reason,
        value: run.weightPct,
        threshold: minPct,
        n: lowered.candidateRequests,
      });
      return [fact];
    }),
};
