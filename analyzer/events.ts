import type { Clock } from '../platform/process/clock.ts';
import type { Log } from '../platform/process/log.ts';
import type { Metrics } from '../platform/process/metrics.ts';
import { createOutageLog } from '../platform/process/outage-log.ts';
import type { FoldNote } from './folds/partition-fold.ts';

export type AnalyzerEvents = ReturnType<typeof createAnalyzerEvents>;

/** Whose fold: the group is the stage, the topic and partition its input. */
export type FoldName = { group: string; topic: string; partition: number };

/** Where a fold stands: what became of its records, by outcome and reason, and how big its state is. */
export type FoldStanding = {
  records: readonly [outcome: string, reason: string, count: number][];
  unaccounted: number;
  lost: number;
  invalidValues: number;
  openRows: number;
  liveSources: number;
  knownIds: number;
  oldestIdAgeMs: number;
  idsForgottenEarly: number;
  closedThroughMs: number;
};

const NOTES: Record<FoldNote['fact'], string> = {
  source_appeared: 'a new source writes to the partition',
  source_returned: 'a source that was silent writes again; what it brings for closed windows is late',
  source_silent: 'a source was silent for 30 s of the others’ time; windows no longer wait for it',
  source_stopped: 'a source ended in good order; windows no longer wait for it',
  source_forgotten: 'more sources than are kept; the longest silent was forgotten',
  source_ahead:
    'a source’s clock is far ahead of Kafka’s; its records are left out and windows no longer wait for it until it is right',
  source_stepped_back: 'a source’s clock was set back',
  lost: 'a tick proves that events of its source are missing',
};
const QUIET: ReadonlySet<FoldNote['fact']> = new Set(['source_appeared', 'source_returned', 'source_stopped']);
const FOLD_LABELS = ['group', 'topic', 'partition'] as const;

/** Gauges of where each fold stands. They are counted by the fold from the log's start, so a restart does not reset them. */
const createStandingGauges = (metrics: Metrics) => {
  const gauge = (name: string, help: string) => metrics.gauge(name, help, FOLD_LABELS);
  const labels = [...FOLD_LABELS, 'outcome', 'reason'];
  const outcomes = metrics.gauge('records', 'Records since the log’s start, by what became of them', labels);
  const unaccounted = gauge('unaccounted_records', 'Consumed records that are in no outcome; not 0 is a defect');
  const lost = gauge('lost_events', 'Events that ticks prove to be missing');
  const invalidValues = gauge('invalid_values', 'Values that could not be summed');
  const openRows = gauge('open_rows', 'Rows of windows not yet closed');
  const liveSources = gauge('live_sources', 'Sources that windows wait for');
  const knownIds = gauge('known_ids', 'Ids that are remembered, 8 bytes each');
  const oldestId = gauge(
    'oldest_id_age_seconds',
    'Stream time since the oldest remembered ids came; two hours are kept',
  );
  const idsForgotten = gauge('ids_forgotten_early', 'Ids forgotten before two hours, since there were too many');
  const closed = gauge('closed_through_seconds', 'Stream time up to which windows are closed, as Unix time');
  return {
    set: (fold: FoldName, standing: FoldStanding): void => {
      for (const [outcome, reason, count] of standing.records) outcomes.set({ ...fold, outcome, reason }, count);
      unaccounted.set(fold, standing.unaccounted);
      lost.set(fold, standing.lost);
      invalidValues.set(fold, standing.invalidValues);
      openRows.set(fold, standing.openRows);
      liveSources.set(fold, standing.liveSources);
      knownIds.set(fold, standing.knownIds);
      oldestId.set(fold, standing.oldestIdAgeMs / 1_000);
      idsForgotten.set(fold, standing.idsForgottenEarly);
      closed.set(fold, standing.closedThroughMs / 1_000);
    },
    remove: (fold: FoldName): void => {
      const ids = [knownIds, oldestId, idsForgotten];
      for (const each of [unaccounted, lost, invalidValues, openRows, liveSources, ...ids, closed]) each.remove(fold);
    },
  };
};

const createSnapshotEvents = (log: Log, metrics: Metrics) => {
  const sizes = metrics.gauge('snapshot_bytes', 'Size of the last state saved', FOLD_LABELS);
  const restores = metrics.counter('restores_total', 'Partitions taken over', ['topic', 'from']);
  const snapshots = metrics.counter('snapshots_total', 'Snapshots by result', ['topic', 'result']);
  return {
    restored: (fold: FoldName, offset: number, sizeBytes: number): void => {
      restores.inc({ topic: fold.topic, from: 'snapshot' });
      log.info({ ...fold, offset, sizeBytes }, 'partition taken over from its snapshot');
    },
    startedAnew: (fold: FoldName): void => {
      restores.inc({ topic: fold.topic, from: 'start' });
      log.info(fold, 'partition taken over without a snapshot; its log is read from the start');
    },
    snapshotSkipped: (fold: FoldName, offset: number, reason: string): void => {
      snapshots.inc({ topic: fold.topic, result: 'skipped' });
      log.warn({ ...fold, offset }, `a snapshot was skipped: ${reason}`);
    },
    snapshotSaved: (fold: FoldName, sizeBytes: number): void => {
      snapshots.inc({ topic: fold.topic, result: 'saved' });
      sizes.set(fold, sizeBytes);
    },
    snapshotNotSaved: (fold: FoldName, reason: string): void => {
      snapshots.inc({ topic: fold.topic, result: 'failed' });
      log.warn(fold, `a snapshot could not be saved, the next one will be tried: ${reason}`);
    },
  };
};

const keyOf = ({ group, topic, partition }: FoldName): string => `${group}|${topic}|${partition}`;

/** What an operator may see of the analyzer. */
export const createAnalyzerEvents = (log: Log, metrics: Metrics, clock: Clock) => {
  const gauges = createStandingGauges(metrics);
  const latest = new Map<string, { fold: FoldName; standing: FoldStanding }>();
  metrics.beforeText(() => {
    for (const { fold, standing } of latest.values()) gauges.set(fold, standing);
  });
  const notes = metrics.counter('notes_total', 'Sources come, gone, silent; events lost', ['topic', 'fact']);
  const refused = metrics.counter('refused_outputs_total', 'Outputs that did not fit their topic');
  const outage = createOutageLog(log, clock, 'appending of windows');
  const broken = new Set<string>();
  return {
    ...createSnapshotEvents(log, metrics),
    noted: (fold: FoldName, note: FoldNote): void => {
      notes.inc({ topic: fold.topic, fact: note.fact });
      log[QUIET.has(note.fact) ? 'info' : 'warn']({ ...fold, ...note }, NOTES[note.fact]);
    },
    stands: (fold: FoldName, standing: FoldStanding): void => {
      const key = keyOf(fold);
      latest.set(key, { fold, standing });
      if (standing.unaccounted === 0 || broken.has(key)) return;
      broken.add(key);
      log.error({ ...fold, unaccounted: standing.unaccounted }, 'records are unaccounted for; this is a defect');
    },
    appendFailed: (error: unknown): void => outage.failed(error),
    appended: (): void => outage.recovered(),
    outputRefused: (error: unknown): void => {
      refused.inc();
      log.error({ err: error }, 'an output does not fit its topic and was left out');
    },
    failed: (fold: FoldName, error: unknown): void =>
      log.error({ ...fold, err: error }, 'the fold of a partition stopped'),
    released: (fold: FoldName): void => {
      latest.delete(keyOf(fold));
      gauges.remove(fold);
    },
  };
};
