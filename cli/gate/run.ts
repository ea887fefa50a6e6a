import { didYouMean } from '../../schemas/did-you-mean.ts';
import type { Asked } from './asking.ts';
import { checksOf } from './checks.ts';
import { type Dataset, loadDataset } from './dataset/load.ts';
import type { GateResult } from './gate-result.ts';
import { type GateRun, maskFor, type RunDeps } from './gate-run.ts';
import { createJudgement, type Judgement } from './judging/judgement.ts';
import { PlanError } from './plan-file.ts';
import { createRuleScoring, measuredOf, type Scored } from './scoring.ts';
import type { Mask } from './secrets.ts';
import { refuseMixed, remarksOf, summaryOf } from './side-summary.ts';
import { askSides, closeSides, keptIn, openSides, type Side, tellStart } from './sides.ts';
import type { Target } from './target/target.ts';
import { judgeGate } from './verdict/verdict.ts';
import { byCase, worstCases } from './verdict/worst-cases.ts';

const refuseUnknownSlices = ({ cases, path: file }: Dataset, labels: readonly string[]): void => {
  const known = [...new Set(cases.flatMap(({ slices }) => Object.keys(slices)))].toSorted();
  for (const label of labels)
    if (!known.includes(label))
      throw new PlanError(
        `spec.slices names ${label}, which is a label of no case in ${file}${didYouMean(label, known)} Labels: ${known.join(', ') || 'none'}`,
      );
};

/** What the questions and answers come to, once all are there. */
const resultOf = async (
  run: GateRun,
  dataset: Dataset,
  sides: readonly Side[],
  asked: readonly Asked[][],
  mask: Mask,
  judgement: Judgement | null,
  deps: RunDeps,
): Promise<{ result: Omit<GateResult, 'tookMs'>; candidate: readonly Scored[] }> => {
  const { plan, planFile } = run;
  const { spec } = plan;
  const checks = checksOf(spec.criteria);
  const byRules = sides.map(({ target: { prices, measured } }, i) =>
    asked[i]!.map(createRuleScoring(spec.agent, checks, prices, measured)),
  );
  const summaries = sides.map(({ target, log, repeats }, i) =>
    summaryOf(target.name, byRules[i]!, keptIn(log, dataset, repeats)),
  );
  for (const summary of summaries) refuseMixed(summary);
  const judged = judgement && (await judgement.judge(byRules[0]!, byRules[1] ?? null));
  const scored: readonly (readonly Scored[])[] = judged?.sides ?? byRules;
  const measured = scored.map((side) => side.map((one) => measuredOf(one, spec.slices)));
  const verdict = judgeGate(spec, measured[0]!, measured[1] ?? null);
  const [candidate, baseline = null] = summaries;
  const nowMs = deps.clock.nowMs();
  const result = {
    plan: plan.metadata.name,
    planFile,
    agent: spec.agent,
    dataset: { file: dataset.path, cases: dataset.cases.length, id: dataset.id },
    candidate: candidate!,
    baseline,
    verdict,
    worst: worstCases(verdict.worst, verdict.rows, byCase(scored[0]!), scored[1] ? byCase(scored[1]) : null, mask),
    judge: judged?.cost ?? null,
    remarks: sides.flatMap(({ name, log, target }, i) => [
      ...remarksOf(name, summaries[i]!, nowMs - log.keptSinceMs),
      ...(isOfOther(target, dataset)
        ? [`the ${name} was recorded of another state of the dataset; questions are paired by their ids`]
        : []),
    ]),
  };
  return { result, candidate: scored[0]! };
};

const isOfOther = ({ datasetId }: Target, { id }: Dataset): boolean =>
  typeof datasetId === 'string' && datasetId !== id;

/** What came of a run; `candidate` as it was scored, answer by answer. */
export type GateOutcome = {
  result: GateResult;
  candidate: readonly Scored[];
  /** What was asked, where the controller knows it. */
  version: Target['version'];
  mask: Mask;
};

/**
 * Asks both sides every question, scores the answers and judges them. Whatever was started is ended before this returns or throws; answers are kept
 * as they come, so that a run that was stopped goes on. Throws a PlanError, DatasetError or TargetError for the user.
 */
export const runGate = async (run: GateRun, deps: RunDeps): Promise<GateOutcome> => {
  const startedAtMs = deps.clock.nowMs();
  const { spec } = run.plan;
  const dataset = loadDataset(spec.dataset);
  refuseUnknownSlices(dataset, spec.slices);
  checksOf(spec.criteria);
  const judgement = createJudgement(run, deps);
  const mask = maskFor(run, deps.env);
  const sides = await openSides(run, mask, deps);
  let asked: Asked[][];
  try {
    tellStart(run, dataset, sides, deps.view);
    judgement?.tellEstimate(dataset.cases);
    asked = await askSides(run, dataset, sides, deps);
  } finally {
    await closeSides(sides);
  }
  const { result, candidate } = await resultOf(run, dataset, sides, asked, mask, judgement, deps);
  const { version } = sides[0]!.target;
  return { result: { ...result, tookMs: deps.clock.nowMs() - startedAtMs }, candidate, version, mask };
};
