import type { Evidence as Entry } from '../../schemas/decision.ts';
import { ALL } from '../../schemas/window.ts';
import { cellKey, type Evidence } from './evidence.ts';
import type { MetricPlan } from './metric-plan.ts';
import { errorShare, noiseIsBiased, type ShadowCell } from './shadow-cell.ts';
import { mean, NOTHING, p99, type Shown } from './shown.ts';
import { type Component, decidesInShadow, type Verdict } from './verdict.ts';

const MAX_SLICE_ENTRIES = 20;

/** The deciding metric in words that a reader can check against the topic. */
export const explain = (verdict: Verdict, evidence: Evidence): string => {
  const { metric, slice, detail } = entryOf(verdict.decides, evidence);
  const where = slice === ALL ? '' : ` on ${slice}`;
  const relation = verdict.logE >= verdict.logThreshold ? '≥' : '<';
  return `${metric}${where}: ${detail}; E=${eText(verdict.logE)} ${relation} ${eText(verdict.logThreshold)}`;
};

/** A pass in words: nothing is proven worse, which is not yet proof of being as good. */
export const explainPass = (verdict: Verdict): string =>
  `nothing proven worse, E=${eText(verdict.logE)} < ${eText(verdict.logThreshold)}`;

/** Every metric's whole, then the slices that add most to E. Of the shadow only what has data. */
export const evidenceEntries = ({ components }: Verdict, evidence: Evidence): Entry[] => {
  const whole = components.filter(
    ({ phase, plan, slice }) =>
      slice === ALL && (phase === 'canary' || evidence.shadowCells.has(cellKey(plan.spec.name, slice))),
  );
  const slices = components
    .filter(
      ({ phase, plan, slice }) =>
        slice !== ALL &&
        (phase === 'canary' ? evidence.cells : evidence.shadowCells).has(cellKey(plan.spec.name, slice)),
    )
    .sort((a, b) => Math.log(b.weight) + b.logE - Math.log(a.weight) - a.logE)
    .slice(0, MAX_SLICE_ENTRIES);
  return [...whole, ...slices].map((component) => entryOf(component, evidence));
};

/** The keys of the latest windows that the deciding e-value rests on. */
export const decidingKeys = ({ decides: { phase, plan, slice } }: Verdict, evidence: Evidence): string[] => {
  const cells = phase === 'canary' ? evidence.cells : evidence.shadowCells;
  return [...(cells.get(cellKey(plan.spec.name, slice))?.keys ?? [])];
};

/** e^logE, readable. */
const eText = (logE: number): string =>
  logE > 14 ? `e^${logE.toFixed(1)}` : String(Number(Math.exp(logE).toPrecision(3)));

const entryOf = (component: Component, evidence: Evidence): Entry =>
  component.phase === 'canary' ? canaryEntry(component, evidence) : shadowEntry(component, evidence);

const RULES = {
  rate: 'rate ratio',
  count: 'rate ratio',
  event: 'events per request',
  measure: 'p99 exceedances',
  score: 'bounded score',
} as const;
const NO_INTERVAL = { difference: null, lower: null, upper: null, logProof: null };

const canaryEntry = ({ plan, slice, weight, logE }: Component, evidence: Evidence): Entry => {
  const cell = evidence.cells.get(cellKey(plan.spec.name, slice));
  const { family, unit } = plan.metric;
  const value = family === 'measure' ? p99 : mean;
  const candidate = cell?.candidate ?? NOTHING;
  const stable = cell?.stable ?? NOTHING;
  const unitText = family === 'measure' ? ` ${unit} (p99)` : '';
  const arm = (shown: Shown): string =>
    shown.count === 0 ? 'none (n=0)' : `${rounded(value(shown))}${unitText} (n=${shown.count})`;
  return {
    metric: plan.spec.name,
    slice,
    rule: RULES[family],
    candidateValue: value(candidate),
    stableValue: value(stable),
    candidateCount: candidate.count,
    stableCount: stable.count,
    logE,
    weight,
    ...NO_INTERVAL,
    detail: `candidate ${arm(candidate)} against stable ${arm(stable)}, e=${eText(logE)}, ${tolerance(plan)}`,
  };
};

const tolerance = ({ spec, metric }: MetricPlan): string => {
  if (metric.family === 'score') return `tolerated loss ${spec.delta0}`;
  if (metric.family === 'measure') return `tolerated ratio of p99 ${spec.p99Ratio}`;
  return `tolerated ratio of ${metric.better === 'lower' ? 'the rate' : 'failures'} ${spec.r0}`;
};

const shadowEntry = ({ plan, slice, weight, logE }: Component, evidence: Evidence): Entry => {
  const key = cellKey(plan.spec.name, slice);
  const cell = evidence.shadowCells.get(key);
  const live = evidence.cells.get(key)?.stable ?? NOTHING;
  const pairs = cell?.candidate.pairs ?? 0;
  return {
    metric: plan.spec.name,
    slice,
    rule: 'shadow sign test',
    candidateValue: cell === undefined || pairs === 0 ? null : cell.candidate.sum / pairs,
    stableValue: mean(live),
    candidateCount: pairs,
    stableCount: live.count,
    logE: decidesInShadow(plan) ? logE : null,
    weight,
    ...NO_INTERVAL,
    detail: `${cell === undefined ? 'no pairs yet' : pairText(cell)}${decidesInShadow(plan) ? `, e=${eText(logE)}` : ', advisory in shadow'}`,
  };
};

const pairText = (cell: ShadowCell): string => {
  const { candidate, noise } = cell;
  const bias = noiseIsBiased(cell) ? ', LOPSIDED: replaying is biased, so this metric can’t convict' : '';
  const floor =
    noise.pairs === 0
      ? 'no noise floor'
      : `stable against itself: worse in ${noise.worse}, better in ${noise.better} of ${noise.pairs}${bias}`;
  const errors = errorShare(candidate) > 0 ? `, ${candidate.errors} pairs could not be scored` : '';
  return `shadow worse in ${candidate.worse}, better in ${candidate.better} of ${candidate.pairs} pairs (${floor})${errors}`;
};

const rounded = (value: number | null): string => (value === null ? 'none' : String(Number(value.toPrecision(3))));
