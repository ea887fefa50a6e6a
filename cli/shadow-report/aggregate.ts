import type { Shadow } from '../../schemas/exchange.ts';
import { appliesName, appliesOf, metricOrRubric } from '../../schemas/metrics.ts';
import { type Score, flatScores, type ScoreSheet } from '../../schemas/score.ts';
import { askedOf } from '../../openai/answer.ts';
import { excerptsOf, printable } from './excerpt.ts';
import { createFieldTable, type FieldRow, fieldOf } from './field-table.ts';

type Kind = 'shadow' | 'noise';

/** Pairs of one kind: how many, how many of them differ anywhere, and the mean similarity of their texts. */
export type PairCounts = { pairs: number; differing: number; meanSimilarity: number | null };

/** One metric's pairs of one kind. `meanDelta` is in the metric's own unit; worse and better by its direction. */
export type MetricCounts = { pairs: number; worse: number; better: number; meanDelta: number | null };
/** A metric that says how near a pair's answers are, and not which is better. */
export type AdvisoryRow = { metric: string } & Record<Kind, { pairs: number; mean: number | null }>;
export type MetricRow = { metric: string } & Record<Kind, MetricCounts>;

/** A differing exchange. `loss`: the sum of what its scores from 0 to 1 lost, never above 0. */
export type DifferingExchange = {
  exchangeId: string;
  shadowId: string;
  loss: number;
  deltas: Readonly<Record<string, number>>;
  differences: readonly string[];
  /** How many of its fields differ beyond noise, by the field table. */
  beyondNoise: number;
  similarity: number | null;
  live: string;
  shadow: string;
};

export type Report = Record<Kind, PairCounts> & {
  rollout: string;
  agents: readonly string[];
  candidate: string;
  fields: readonly FieldRow[];
  metrics: readonly MetricRow[];
  advisory: readonly AdvisoryRow[];
  exchanges: readonly DifferingExchange[];
  /** Shadows whose scores were not kept, since there were too many of them: in the tables, but ranked as if unscored. */
  unranked: number;
};

type Wanted = { rollout: string; agent: string | null; limit: number };

const MAX_SCORED = 100_000;
const MAX_KNOWN_IDS = 200_000;
const MIN_KEPT = 200;
const noCounts = (): MetricCounts & { sum: number } => ({ pairs: 0, worse: 0, better: 0, meanDelta: null, sum: 0 });

/** Above 0 is better, whatever the metric's direction. */
const gainOf = (metric: string, delta: number): number => (metricOrRubric(metric).better === 'higher' ? delta : -delta);

/**
 * Only rates and scores have one scale; a second of latency is not a thousand times a lost task. An answer of another kind loses many metrics at
 * once, which is one loss.
 */
const lossOf = (deltas: Readonly<Record<string, number>>): number => {
  let [values, applies] = [0, 0];
  for (const [metric, delta] of Object.entries(deltas)) {
    if (metricOrRubric(metric).unit !== 'ratio') continue;
    const loss = Math.min(0, gainOf(metric, delta));
    if (appliesOf(metric) === null) values += loss;
    else applies = Math.min(applies, loss);
  }
  return values + applies;
};

/** That a metric applies to one answer of a pair alone, as a value of 0 or 1 of each. */
const appliesDelta = ({ notApplicableTo }: Score): number | null =>
  notApplicableTo === 'this' ? -1 : notApplicableTo === 'live' ? 1 : null;

/** Knows the last so many ids: a crash repeats shadows and scores shortly after the first. */
const createKnownIds = () => {
  const known = new Set<string>();
  return (id: string): boolean => {
    if (known.has(id)) return true;
    known.add(id);
    if (known.size > MAX_KNOWN_IDS) known.delete(known.values().next().value!);
    return false;
  };
};

const byLoss = (a: DifferingExchange, b: DifferingExchange): number =>
  a.loss - b.loss ||
  b.beyondNoise - a.beyondNoise ||
  b.differences.length - a.differences.length ||
  (a.exchangeId < b.exchangeId ? -1 : 1);

const createPairCounts = () => {
  let [pairs, differing, similar, similaritySum] = [0, 0, 0, 0];
  return {
    add: ({ differences, similarity }: Shadow): void => {
      pairs += 1;
      if (differences.length > 0) differing += 1;
      if (similarity === null) return;
      similar += 1;
      similaritySum += similarity;
    },
    counts: (): PairCounts => ({ pairs, differing, meanSimilarity: similar === 0 ? null : similaritySum / similar }),
  };
};

const createMetricTable = () => {
  const table = new Map<string, Record<Kind, MetricCounts & { sum: number }>>();
  const counted = ({ sum, ...rest }: MetricCounts & { sum: number }): MetricCounts => ({
    ...rest,
    meanDelta: rest.pairs === 0 ? null : sum / rest.pairs,
  });
  return {
    add: (kind: Kind, metric: string, delta: number): void => {
      const row = table.get(metric) ?? { shadow: noCounts(), noise: noCounts() };
      table.set(metric, row);
      const gain = gainOf(metric, delta);
      row[kind].pairs += 1;
      row[kind].sum += delta;
      if (gain < 0) row[kind].worse += 1;
      if (gain > 0) row[kind].better += 1;
    },
    rows: (): MetricRow[] =>
      [...table]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([metric, { shadow, noise }]) => ({ metric, shadow: counted(shadow), noise: counted(noise) })),
  };
};

const createAdvisoryTable = () => {
  const table = new Map<string, Record<Kind, { pairs: number; sum: number }>>();
  const meanOf = ({ pairs, sum }: { pairs: number; sum: number }) => ({
    pairs,
    mean: pairs === 0 ? null : sum / pairs,
  });
  return {
    add: (kind: Kind, metric: string, value: number): void => {
      const row = table.get(metric) ?? { shadow: { pairs: 0, sum: 0 }, noise: { pairs: 0, sum: 0 } };
      table.set(metric, row);
      row[kind].pairs += 1;
      row[kind].sum += value;
    },
    rows: (): AdvisoryRow[] =>
      [...table].map(([metric, { shadow, noise }]) => ({ metric, shadow: meanOf(shadow), noise: meanOf(noise) })),
  };
};

/** The worst differing exchanges, many more than are asked for: how many fields count is known only at the end. */
const createWorst = (limit: number) => {
  const most = Math.max(MIN_KEPT, 4 * limit);
  let kept: DifferingExchange[] = [];
  let worstLeftOut = Number.POSITIVE_INFINITY;
  return {
    isWanted: (loss: number): boolean => loss <= worstLeftOut,
    add: (exchange: DifferingExchange): void => {
      kept.push(exchange);
      if (kept.length < 2 * most) return;
      kept = kept.sort(byLoss).slice(0, most);
      worstLeftOut = kept.at(-1)!.loss;
    },
    list: (beyond: ReadonlySet<string>): DifferingExchange[] =>
      kept
        .map((one) => ({
          ...one,
          beyondNoise: new Set(one.differences.map(fieldOf).filter((f) => beyond.has(f))).size,
        }))
        .sort(byLoss)
        .slice(0, limit),
  };
};

/** Everything about one run of a rollout. */
const createRun = (rollout: string, limit: number) => {
  const fields = createFieldTable();
  const metrics = createMetricTable();
  const advisory = createAdvisoryTable();
  const worst = createWorst(limit);
  const pairs = { shadow: createPairCounts(), noise: createPairCounts() };
  const deltasOf = new Map<string, Record<string, number>>();
  const isKnownSheet = createKnownIds();
  const isKnownShadow = createKnownIds();
  const agents = new Set<string>();
  let candidate = '';
  let unranked = 0;

  const addScore = (kind: Kind, shadowId: string, score: Score): void => {
    const { metric, value, delta, status } = score;
    const applies = appliesDelta(score);
    if (applies !== null) return addDelta(kind, shadowId, appliesName(metric), applies);
    if (status !== 'scored' || value === null) return;
    if (delta === null) return advisory.add(kind, metric, value);
    metrics.add(kind, metric, delta);
    addDelta(kind, shadowId, metric, delta);
  };

  const addDelta = (kind: Kind, shadowId: string, metric: string, delta: number): void => {
    const deltas = deltasOf.get(shadowId);
    if (deltas) deltas[metric] ??= delta;
    else if (kind === 'shadow' && deltasOf.size < MAX_SCORED) deltasOf.set(shadowId, { [metric]: delta });
  };

  return {
    rollout,
    addSheet: (sheet: ScoreSheet): void => {
      const { kind, shadowId, sheetId } = sheet;
      if (kind === 'live' || shadowId === null || isKnownSheet(sheetId)) return;
      for (const score of flatScores(sheet)) addScore(kind, shadowId, score);
    },
    addShadow: (shadow: Shadow): void => {
      const { kind, shadowId, exchange, similarity } = shadow;
      if (isKnownShadow(shadowId)) return;
      const differences = shadow.differences.map(printable);
      agents.add(exchange.agent);
      fields.add(kind, differences);
      pairs[kind].add(shadow);
      if (kind === 'noise') return;
      candidate = shadow.version;
      const deltas = deltasOf.get(shadowId);
      if (!deltas && deltasOf.size >= MAX_SCORED) unranked += 1;
      const loss = lossOf(deltas ?? {});
      if (differences.length === 0 || !worst.isWanted(loss)) return;
      const { exchangeId, responseBody } = exchange;
      const excerpts = excerptsOf(responseBody, shadow.responseBody, askedOf(exchange));
      worst.add({
        exchangeId,
        shadowId,
        loss,
        deltas: deltas ?? {},
        differences,
        beyondNoise: 0,
        similarity,
        ...excerpts,
      });
    },
    report: (): Report => {
      const rows = fields.rows();
      const beyond = new Set(rows.filter(({ verdict }) => verdict === 'beyond_noise').map(({ field }) => field));
      return {
        rollout,
        agents: [...agents].sort(),
        candidate,
        shadow: pairs.shadow.counts(),
        noise: pairs.noise.counts(),
        fields: rows,
        metrics: metrics.rows(),
        advisory: advisory.rows(),
        exchanges: worst.list(beyond),
        unranked,
      };
    },
  };
};

const runNumber = (rollout: string): number => Number(rollout.slice(rollout.lastIndexOf('#') + 1));

/**
 * Sums up the shadows of one rollout, in memory that does not grow with their number beyond fixed bounds. `rollout` is a run
 * (`support-v2#7`) or a name, which stands for its latest run. All scores must be added before the first shadow: a shadow
 * is ranked by them when it comes. What comes again counts once.
 */
export const createAggregate = ({ rollout, agent, limit }: Wanted) => {
  let run: ReturnType<typeof createRun> | null = null;

  const runOf = (id: string, ofAgent: string): ReturnType<typeof createRun> | null => {
    if (agent !== null && ofAgent !== agent) return null;
    if (id !== rollout && !id.startsWith(`${rollout}#`)) return null;
    if (run === null || runNumber(id) > runNumber(run.rollout)) run = createRun(id, limit);
    return run.rollout === id ? run : null;
  };

  return {
    /** A run is known by its shadows and their scores: of live answers any rollout has some. */
    addSheet: (sheet: ScoreSheet): void => {
      if (sheet.kind !== 'live') runOf(sheet.rollout, sheet.agent)?.addSheet(sheet);
    },
    addShadow: (shadow: Shadow): void => runOf(shadow.exchange.rollout, shadow.exchange.agent)?.addShadow(shadow),
    /** Null where no shadow of the rollout came. */
    report: (): Report | null => {
      const report = run?.report();
      return report && report.shadow.pairs + report.noise.pairs > 0 ? report : null;
    },
  };
};
