import { metricOrRubric } from '../../schemas/metrics.ts';
import { type FlatScore, flatScores, type ScoreSheetRecord } from '../../schemas/score.ts';
import { type Pair, type Passing, passes } from './agreement.ts';
import type { Labels } from './labels.ts';
import { type Moments, NO_MOMENTS, withValue } from './ppi.ts';

/**
 * On whose word: `labels` are verdicts on the metric itself; `thumbs` and `reported` (task_success) are what clients say of the
 * answer as a whole, which is shown apart and calibrates nothing.
 */
export type Basis = 'labels' | 'thumbs' | 'reported';

/** One arm's scores: pairs of those that people judged, sums of those without a label. */
export type ArmSums = { pairs: Record<Basis, Pair[]>; unlabelled: Moments; passed: number };

export type Group = Pick<FlatScore, 'agent' | 'metric' | 'scorer' | 'scorerVersion'> & { arms: Map<string, ArmSums> };

/** `unscored`: labelled answers of which the scorer has no value (an error, or not applicable). */
export type ScoreCounts = { scores: number; repeats: number; unscored: number };

export type ScoreSums = {
  add(partition: number, record: ScoreSheetRecord): void;
  groups(): Group[];
  counts(): ScoreCounts;
};

/** A client's word on success is about these metrics. */
const OF_SUCCESS: ReadonlySet<string> = new Set(['task_success', 'task_completion']);

const REMEMBERED_IDS = 250_000;

/** Knows the latest ids again, at least `REMEMBERED_IDS` and at most twice as many. */
const createRecentIds = (): { isNew(id: string): boolean } => {
  let [young, old] = [new Set<string>(), new Set<string>()];
  return {
    isNew: (id) => {
      if (young.has(id) || old.has(id)) return false;
      young.add(id);
      if (young.size >= REMEMBERED_IDS) [young, old] = [new Set(), young];
      return true;
    },
  };
};

const emptyArm = (): ArmSums => ({
  pairs: { labels: [], thumbs: [], reported: [] },
  unlabelled: NO_MOMENTS,
  passed: 0,
});

/** A metric whose values are verdicts from 0 to 1, so that a person can give one too. */
const isVerdict = (metric: string): boolean => ['rate', 'score'].includes(metricOrRubric(metric).family);

export const passingOf = (metric: string, threshold: number): Passing => ({
  threshold,
  better: metricOrRubric(metric).better,
});

/**
 * Scores of live answers, folded as they are read: only those of labelled answers are kept. Of a sheet that stands in the log
 * again, by its writer's number or by its id, the first counts; ids are known again among the last 250,000.
 */
export const createScoreSums = (labels: Labels, wants: (score: FlatScore) => boolean, threshold: number): ScoreSums => {
  const groups = new Map<string, Group>();
  const lastSequence = new Map<string, number>();
  const recent = createRecentIds();
  const counts: ScoreCounts = { scores: 0, repeats: 0, unscored: 0 };

  const isRepeat = (partition: number, source: string, sequence: number, sheetId: string): boolean => {
    const writer = `${partition}|${source}`;
    if (sequence <= (lastSequence.get(writer) ?? 0)) return true;
    lastSequence.set(writer, sequence);
    return !recent.isNew(sheetId);
  };

  const armOf = ({ agent, metric, scorer, scorerVersion, arm }: FlatScore): ArmSums => {
    const key = JSON.stringify([agent, metric, scorer, scorerVersion]);
    const group = groups.get(key) ?? { agent, metric, scorer, scorerVersion, arms: new Map<string, ArmSums>() };
    groups.set(key, group);
    const sums = group.arms.get(arm) ?? emptyArm();
    group.arms.set(arm, sums);
    return sums;
  };

  const fold = (score: FlatScore, value: number): void => {
    const said = labels.of(score.exchangeId);
    const passing = passingOf(score.metric, threshold);
    const sums = armOf(score);
    const label = said?.labels.get(score.metric);
    if (label) sums.pairs.labels.push({ score: value, label: label.value });
    else {
      sums.unlabelled = withValue(sums.unlabelled, value);
      sums.passed += passes(value, passing) ? 1 : 0;
    }
    const verdict = (isGood: boolean): Pair => ({
      score: value,
      label: isGood === (passing.better === 'higher') ? 1 : 0,
    });
    if (said?.thumbs) sums.pairs.thumbs.push(verdict(said.thumbs.value));
    if (said?.taskSuccess && OF_SUCCESS.has(score.metric)) sums.pairs.reported.push(verdict(said.taskSuccess.value));
  };

  return {
    add: (partition, { source, sequence, event }) => {
      if (event === null || event.kind !== 'live') return;
      const wanted = flatScores(event).filter((score) => isVerdict(score.metric) && wants(score));
      if (wanted.length === 0) return;
      if (isRepeat(partition, source, sequence, event.sheetId)) {
        counts.repeats += wanted.length;
        return;
      }
      counts.scores += wanted.length;
      for (const score of wanted)
        if (score.status === 'scored' && score.value !== null) fold(score, score.value);
        else if (labels.of(score.exchangeId)?.labels.has(score.metric)) counts.unscored += 1;
    },
    groups: () => [...groups.values()],
    counts: () => counts,
  };
};
