import type { CanarySpec } from '../../schemas/documents.ts';
import { readOwnKey } from '../../schemas/own-metric-key.ts';
import type { Sides } from '../../schemas/sentence/comparison.ts';
import { countText } from '../../schemas/sentence/figures.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { EXCHANGES, FEEDBACK, SCORES } from '../../schemas/topics.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type CoverageEntry, coverages, coverageShortfall, keepsNothing, noCounts } from '../evidence/coverage.ts';
import { allowedLagMs, paceOf } from '../evidence/judge-pace.ts';
import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import type { ExperimentPlan } from '../evidence/experiment.ts';
import { candidateRequests, countedRequests } from './counted-requests.ts';
import { type ExperimentVerdict, experimentVerdict } from './experiment-verdict.ts';
import { explain, explainPass, explainProof } from './explanation.ts';
import { adjustedWeightPct, budgetWeightPct } from './harm-budget.ts';
import { judgeShortfall, type Missing } from './judge-shortfall.ts';
import { metricPlans, requiredTopics } from '../rollout/metric-plan.ts';
import { type Proof, proofOf } from './proof.ts';
import type { Facts } from '../rollout/rollout.ts';
import { uncalibrated } from './uncalibrated.ts';
import { elapsedMs, isDue, type Run } from '../rollout/run.ts';
import { appliesToGate, errorShare, type ShadowCell } from '../evidence/shadow-cell.ts';
import {
  BEFORE_STAGES,
  candidateOf,
  hasShadowPhase,
  isByEvidence,
  isCanary,
  limitsOf,
  minRequestsOf,
  promotionOf,
  stagesOf,
  thresholdsOf,
} from '../rollout/strategy.ts';
import { isHeld, limitBreach, newTally } from '../evidence/limit-tallies.ts';
import { metricLimits } from '../rollout/limits.ts';
import { checkGauge, type GaugeCheck } from '../watching/gauges.ts';
import { breachText } from '../evidence/threshold-blocks.ts';
import { canaryVerdict, type CanaryVerdict } from './canary-verdict.ts';
import { butUnvouched, unvouchedShortfall } from './unvouched.ts';

/** A shortfall is said in the log once it has lasted this many windows; it stops an advance from the first. */
const HOLD_AFTER_WINDOWS = 2;

/** A stage that counts fewer of its requests than this says why; the latest are never scored yet. */
const MUCH_COUNTED = 0.9;

/** A topic may be so far behind the exchanges before that is a shortfall. */
const MAX_LAG_WINDOWS = 5;
const MAX_LAG_MIN_MS = 10_000;

/**
 * `verdict` is null where no candidate is compared with stable: in experiments and blue-green; `proof` where nothing is
 * promoted on proof; `experiment` in all but experiments.
 */
export type Observation = {
  facts: Facts;
  verdict: CanaryVerdict | null;
  proof: Proof | null;
  experiment: ExperimentVerdict | null;
  coverage: CoverageEntry[];
};

/**
 * What a rollout's evidence says, and the evidence with the shortfall's beginning noted. Each topic's evidence counts as soon
 * as its own windows are closed; a stage's time goes by the topic that is furthest behind, and one that is too far behind is a
 * shortfall. Pure: the same windows and the same log give the same facts.
 */
export const observe = (run: Run, before: RolloutEvidence): { evidence: RolloutEvidence; observation: Observation } => {
  const clockMs = closedMs(run, before, EXCHANGES.name);
  const streamTimeMs = Math.min(...requiredTopics(run.spec).map((topic) => closedMs(run, before, topic)));
  const verdict = isCanary(run.spec) ? canaryVerdict(before, run.spec, run.slices) : null;
  const plan = experimentPlan(run);
  const experiment = plan === null || before.experiment === null ? null : experimentVerdict(before.experiment, plan);
  const proof = asksForProof(run) ? proofOf(before, run.spec) : null;
  const coverage = coverageOf(run, before, streamTimeMs);
  const promotes = wouldPromote(run, proof, streamTimeMs);
  const shortfall =
    lagShortfall(run, before, clockMs) ??
    shortfallOf(run, before, coverage, { clockMs, due: promotes || isDataDue(run, streamTimeMs) }) ??
    (promotes ? uncalibrated(run, before) : null);
  const shortSinceMs = shortfall === null ? null : (before.shortSinceMs ?? clockMs);
  const shortForMs = clockMs - (shortSinceMs ?? clockMs);
  const facts: Facts = {
    clockMs,
    streamTimeMs,
    windowMs: before.windowMs,
    worse: harmOf(experiment) ?? findWorse(run, before, verdict),
    shortfall,
    shortfallLasts: shortForMs > 0 && shortForMs >= HOLD_AFTER_WINDOWS * before.windowMs,
    candidateRequests: countedRequests(run, before),
    enoughPairs: gateCells(run, before).every(({ candidate }) => candidate.pairs >= minPairs(run)),
    isProven: proof?.isProven ?? false,
    weightPct: budgetWeight(run, before),
    outcome: outcomeOf(experiment),
    passed: experiment?.reason ?? `${passText(run, verdict, proof)}${leftOutText(run, before)}`,
  };
  return { evidence: { ...before, shortSinceMs }, observation: { facts, verdict, proof, experiment, coverage } };
};

/** What the verdict on an experiment must know of it; null of other strategies. */
export const experimentPlan = ({ spec, slices }: Run): ExperimentPlan | null =>
  spec.strategy === 'ab' ? { spec, slices } : null;

const harmOf = (experiment: ExperimentVerdict | null): Facts['worse'] =>
  experiment?.kind === 'harmful'
    ? { reason: experiment.reason, metric: experiment.metric, slice: experiment.slice }
    : null;

const outcomeOf = (experiment: ExperimentVerdict | null): Facts['outcome'] => {
  if (experiment?.kind === 'winner') return { winner: experiment.arm };
  return experiment?.kind === 'equivalent' ? { winner: null } : null;
};

const asksForProof = (run: Run): run is Run & { spec: CanarySpec } =>
  isCanary(run.spec) && run.stage >= 0 && promotionOf(run.spec) !== 'timer';

/** Whether a canary is about to be promoted, as far as proof and time go. */
const wouldPromote = (run: Run, proof: Proof | null, streamTimeMs: number): boolean => {
  if (run.state !== 'canary') return false;
  if (proof !== null) return proof.isProven;
  return run.stage >= stagesOf(run.spec).length - 1 && isDue(run, streamTimeMs);
};

/** Where the weight of a canary under `budget` should go; null where it may stay. */
const budgetWeight = (run: Run, evidence: RolloutEvidence): number | null =>
  isCanary(run.spec) && run.state === 'canary' && promotionOf(run.spec) === 'budget'
    ? adjustedWeightPct(run.weightPct, budgetWeightPct(evidence, run.spec))
    : null;

const passText = (run: Run, verdict: CanaryVerdict | null, proof: Proof | null): string => {
  if (proof !== null) return explainProof(proof);
  if (verdict !== null && isByEvidence(run.spec)) return explainPass(verdict);
  return thresholdsOf(run.spec).length > 0 ? 'no threshold was broken' : 'nothing was judged';
};

/** What a judge that is behind left out of the stage, for whoever wonders at the numbers. */
const leftOutText = (run: Run, evidence: RolloutEvidence): string => {
  const [seen, counted] = [candidateRequests(run, evidence), countedRequests(run, evidence)];
  const isMuch = counted < MUCH_COUNTED * seen;
  return isMuch
    ? `; of ${countText(seen)} requests of ${versionsOf(run).candidate} those count that the judge, which was behind, meant to score`
    : '';
};

/** How far a topic's windows are closed; one that has not spoken since the start stands at the start. */
const closedMs = (run: Run, evidence: RolloutEvidence, topic: string): number =>
  Math.max(run.startedAtMs, evidence.closedThroughMs.get(topic) ?? 0);

const SILENT: Readonly<Record<string, string>> = {
  [SCORES.name]: 'the judge is silent: scores stand',
  [FEEDBACK.name]: 'the ingress is silent: feedback stands',
};

const lagShortfall = (run: Run, evidence: RolloutEvidence, clockMs: number): string | null => {
  const maxLagMs = Math.max(MAX_LAG_MIN_MS, MAX_LAG_WINDOWS * evidence.windowMs);
  for (const topic of requiredTopics(run.spec)) {
    const lagMs = clockMs - closedMs(run, evidence, topic);
    if (lagMs <= maxLagMs) continue;
    const what = SILENT[topic] ?? `${topic} is silent: it stands`;
    return `${what} ${Math.round(lagMs / 1000)} s behind the exchanges`;
  }
  return null;
};

/** The labels that a reason names. */
const versionsOf = ({ spec, stableVersion }: Run): Sides => ({
  candidate: candidateOf(spec) ?? 'the candidate',
  stable: stableVersion,
});

const minPairs = (run: Run): number => (hasShadowPhase(run.spec) ? run.spec.shadow.minPairs : 0);

/** Of stable and candidate; an experiment has other arms. */
const coverageOf = (run: Run, evidence: RolloutEvidence, streamTimeMs: number): CoverageEntry[] =>
  run.spec.strategy === 'ab'
    ? []
    : coverages(
        evidence.stages.get(run.stage) ?? noCounts(),
        run.spec,
        evidence.seenMetrics,
        streamTimeMs - allowedLagMs(evidence.pace, evidence.windowMs),
      );

/** Under `thresholds` only the plain checker stops a canary; the gate before it is the same. Limits stop it wherever it is. */
const findWorse = (run: Run, evidence: RolloutEvidence, verdict: CanaryVerdict | null): Facts['worse'] => {
  for (const [i, block] of evidence.blocks.entries()) {
    const reason = breachText(block);
    if (reason !== null) return { reason, metric: thresholdsOf(run.spec)[i]?.metric ?? '', slice: ALL };
  }
  for (const [i, limit] of metricLimits(run.spec).entries()) {
    const reason = limitBreach(limit, evidence.tallies[i] ?? newTally());
    if (reason !== null) return { reason, metric: limit.metric, slice: ALL };
  }
  const gauge = gaugeChecks(run, evidence).find(({ check }) => check.kind === 'broken');
  if (gauge?.check.kind === 'broken') return { reason: gauge.check.reason, metric: gauge.name, slice: ALL };
  if (verdict === null || (!isByEvidence(run.spec) && run.stage !== BEFORE_STAGES)) return null;
  if (verdict.logE < verdict.logThreshold) return null;
  const { plan, slice } = verdict.decides;
  return { reason: explain(verdict, evidence), metric: plan.spec.name, slice };
};

const shortfallOf = (
  run: Run,
  evidence: RolloutEvidence,
  coverage: readonly CoverageEntry[],
  { clockMs, due }: { clockMs: number; due: boolean },
): string | null => {
  // An experiment's verdict looks at its telemetry itself; before gate and switch there is no arm to see.
  if (run.spec.strategy === 'ab' || run.state === 'smoke' || run.state === 'gate') return null;
  return (
    unvouchedShortfall(run, evidence) ??
    gaugeShortfall(run, evidence) ??
    coverageShortfall(coverage, run.spec.minCoverage, versionsOf(run)) ??
    judgeShortfall(run, evidence, { clockMs, missing: missingOf(run, evidence) }) ??
    (run.stage === BEFORE_STAGES
      ? pairsShortfall(run, evidence, due, run.spec.minCoverage)
      : canaryShortfall(run, evidence, due))
  );
};

/** The outside gauges that have limits, each held against its own. */
const gaugeChecks = (run: Run, evidence: RolloutEvidence): { name: string; check: GaugeCheck }[] => {
  const of = {
    agent: run.spec.agent,
    version: candidateOf(run.spec) ?? '',
    nowMs: closedMs(run, evidence, EXCHANGES.name),
  };
  return limitsOf(run.spec).flatMap((limit) => {
    const { gauge } = limit;
    return gauge === undefined ? [] : [{ name: gauge, check: checkGauge(evidence.gauges, { ...limit, gauge }, of) }];
  });
};

const gaugeShortfall = (run: Run, evidence: RolloutEvidence): string | null => {
  const stale = gaugeChecks(run, evidence).find(({ check }) => check.kind === 'stale');
  return stale?.check.kind === 'stale' ? stale.check.reason : null;
};

/** What the stage still waits for. */
const missingOf = (run: Run, evidence: RolloutEvidence): Missing => {
  const counted = countedRequests(run, evidence);
  if (run.stage !== BEFORE_STAGES) {
    const leftOut = candidateRequests(run, evidence) - counted;
    return { count: minRequestsOf(run.spec) - counted, of: 'requests', leftOut };
  }
  const least = minPairs(run);
  const pairs = Math.min(least, ...gateCells(run, evidence).map(({ candidate }) => candidate.pairs));
  const { candidate } = paceOf(evidence.pace, run.stage, 'rules', evidence.windowMs);
  return { count: least - pairs, of: 'pairs of answers', leftOut: candidate.count - candidate.meant };
};

/** A budget plans no time for its one stage; what must be seen in it must be there after a while, and before any promotion. */
const BUDGET_DATA_DUE_MS = 600_000;

/** Whether the stage has had its time to show what it must show. */
const isDataDue = (run: Run, streamTimeMs: number): boolean => {
  const { spec, state } = run;
  const waits = state === 'canary' && isCanary(spec) && promotionOf(spec) === 'budget' ? BUDGET_DATA_DUE_MS : 0;
  return isDue(run, streamTimeMs) && elapsedMs(run, streamTimeMs) >= waits;
};

const canaryShortfall = (run: Run, evidence: RolloutEvidence, due: boolean): string | null => {
  if (!due) return null;
  if (candidateRequests(run, evidence) === 0)
    return `no data: no request of ${versionsOf(run).candidate} was seen in this stage${butUnvouched(run, evidence)}`;
  const unseen = metricPlans(run.spec).filter(({ metric }) => !evidence.seenMetrics.has(metric.rows));
  const unposted = unseen.find(({ metric }) => readOwnKey(metric.rows) !== null);
  if (unposted !== undefined) return `no data: nobody has posted ${metricWords(unposted.spec.name).noun} yet`;
  const silent = unseen.filter(({ metric }) => metric.source === 'scores');
  const named = silent.find((plan) => plan.named);
  const unkept = keepsNothing(evidence.stages.get(run.stage) ?? noCounts());
  if (named !== undefined)
    return `no data: nothing was scored for ${metricWords(named.spec.name).noun} yet${unkept ? UNKEPT : ''}`;
  const scored = metricPlans(run.spec).filter((plan) => plan.metric.source === 'scores').length;
  if (scored > 0 && silent.length === scored && !unkept) return 'no data: the judge has scored nothing yet';
  const unchecked = thresholdsOf(run.spec).find((_, i) => evidence.blocks[i]?.checkedInStage !== run.stage);
  if (unchecked !== undefined)
    return `no data: too few values to check the threshold of ${metricWords(unchecked.metric).noun} in this stage`;
  const unheld = metricLimits(run.spec).find((limit, i) => !isHeld(limit, evidence.tallies[i], run.stage));
  return unheld === undefined
    ? null
    : `no data: too few values to hold ${metricWords(unheld.metric).noun} against its limit in this stage`;
};

const pairsShortfall = (run: Run, evidence: RolloutEvidence, due: boolean, minCoverage: number): string | null => {
  const cells = gateCells(run, evidence);
  if (due && cells.length === 0)
    return `no data: no shadow was compared with a live answer yet${whyUnreplayed(run, evidence)}`;
  const failing = cells.find(({ candidate }) => errorShare(candidate) > 1 - minCoverage);
  return failing === undefined
    ? null
    : `the judge fails: ${countText(failing.candidate.errors)} pairs of answers could not be scored for ${metricWords(failing.metric).noun}`;
};

const UNKEPT = ', for the capture policy of the agent keeps no bodies';

/** What may stand in the way of every replay. */
const whyUnreplayed = (run: Run, evidence: RolloutEvidence): string => {
  if (keepsNothing(evidence.stages.get(run.stage) ?? noCounts()))
    return `${UNKEPT} to replay; keep a sample of them, or set skipShadow`;
  const { http } = run.last.routing;
  return http !== null && http.replay.length === 0
    ? '; of its own protocol the agent lets nothing be repeated: name the paths that may be in its spec.http.replay, or set skipShadow'
    : '';
};

/** The metrics whose pairs the shadow's gate waits for. */
const gateCells = (run: Run, evidence: RolloutEvidence): (ShadowCell & { metric: string })[] =>
  metricPlans(run.spec).flatMap((plan) => {
    const cell = evidence.shadowCells.get(`${plan.spec.name}|${ALL}`);
    return cell !== undefined && appliesToGate(cell.candidate) ? [{ ...cell, metric: plan.spec.name }] : [];
  });
