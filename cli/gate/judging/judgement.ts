import { countText } from '../../../schemas/sentence/figures.ts';
import type { Case } from '../dataset/case.ts';
import type { JudgeCost } from '../gate-result.ts';
import type { GateRun, RunDeps } from '../gate-run.ts';
import { createPanel, wantedOf } from './judge-panel.ts';
import { openJudgeReplies } from './judge-replies.ts';
import { BudgetError, estimateOf, judgeAll, type Sides } from './judging.ts';
import { createRuleScoring, type Scored } from '../scoring.ts';
import { replyOfRecorded } from '../target/recorded-reply.ts';

/** What models are asked of a run's answers. */
export type Judgement = {
  /** Says what it will cost, roughly, before anybody is asked. Throws a BudgetError where that is more than it may. */
  tellEstimate: (cases: readonly Case[]) => void;
  judge: (
    candidate: readonly Scored[],
    baseline: readonly Scored[] | null,
  ) => Promise<{ sides: readonly (readonly Scored[])[]; cost: JudgeCost }>;
};

/** An answer that nobody knows yet, where the dataset has no golden one: about 200 tokens. */
const STAND_IN = 'an answer of about eight hundred characters '.repeat(18);

const usdText = (usd: number): string => `$${usd < 0.01 ? usd.toFixed(4) : usd.toFixed(2)}`;

const standInFor = (of: Case, repeat: number) => {
  const unknown = { calls: [], error: null, latencyMs: 0, promptTokens: null, completionTokens: null };
  return { of, repeat, answered: replyOfRecorded({ text: of.golden ?? STAND_IN, ...unknown }) };
};

const inPairs = (candidate: readonly Scored[], baseline: readonly Scored[] | null): Sides[] => {
  const keyOf = ({ asked: { of, repeat } }: Scored): string => JSON.stringify([of.id, repeat]);
  const others = new Map((baseline ?? []).map((one) => [keyOf(one), one]));
  const pairs = candidate.map((one): Sides => {
    const key = keyOf(one);
    const other = others.get(key) ?? null;
    others.delete(key);
    return { candidate: one, baseline: other };
  });
  return [...pairs, ...[...others.values()].map((one) => ({ candidate: null, baseline: one }))];
};

/** Null where no criterion needs a model. Throws a PlanError where one does and can't have it. */
export const createJudgement = (
  { plan, baseline, folder, reuse, maxJudgeUsd }: GateRun,
  deps: RunDeps,
): Judgement | null => {
  const { criteria, judges, agent, ask } = plan.spec;
  const wanted = wantedOf(criteria, judges, baseline !== null);
  if (wanted === null || judges === undefined) return null;
  const { clock, env, signal, view } = deps;
  const replies = openJudgeReplies(folder, reuse.fresh);
  const panel = createPanel(judges, wanted, { clock, env, replies, say: view.say });
  const maxUsd = Math.min(judges.maxUsd ?? Number.POSITIVE_INFINITY, maxJudgeUsd);
  const model = [judges.cheapModel, judges.model].flatMap((one) => one?.name ?? []).join(', then ');

  const estimate = (sides: readonly Sides[], when: string): { usd: number; questions: number } => {
    const { usd, questions } = estimateOf(panel, sides);
    view.say(`  judging by ${model}: ${countText(questions)} questions, about ${usdText(usd)}${when}`);
    if (usd > maxUsd)
      throw new BudgetError(
        `judging would cost about ${usdText(usd)}, more than the ${usdText(maxUsd)} that it may: allow more by --max-judge-usd (and spec.judges.maxUsd), or ask fewer questions by spec.dataset.sample`,
      );
    return { usd, questions };
  };

  return {
    tellEstimate: (cases) => {
      const score = createRuleScoring(agent, [], null);
      const stand = cases.flatMap((of) => Array.from({ length: ask.repeats }, (_, i) => score(standInFor(of, i))));
      estimate(inPairs(stand, baseline === null ? null : stand), ' (before the answers are known)');
    },
    judge: async (candidate, other) => {
      const pairs = inPairs(candidate, other);
      const { usd: estimatedUsd, questions } = estimate(pairs, '');
      const { sides, usd } = await judgeAll(panel, pairs, {
        concurrency: 2 * judges.concurrency,
        maxUsd,
        signal,
        onProgress: ({ done, total }) => view.show('judging', { done, total, kept: 0, failed: 0, retried: 0 }),
      });
      view.clear();
      const of = (side: keyof Sides): Scored[] => sides.flatMap((one) => one[side] ?? []);
      const cost = { model, questions, estimatedUsd, usd };
      return { sides: other === null ? [of('candidate')] : [of('candidate'), of('baseline')], cost };
    },
  };
};
