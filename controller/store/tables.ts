/** Raised whenever tables or what is folded into them change: a file of another number is made anew from the log. */
export const FOLD_VERSION = 2;
/** Tells our files from other programs' (SQLite's `application_id`): "coal". */
export const APPLICATION_ID = 0x63_6f_61_6c;

/** The store's file in the controller's data folder. */
export const STORE_FILE = 'store.sqlite';

/** A row of scores has a column for each of so many metrics. */
const METRICS_OF_ROW = 32;
const METRIC_PLACES = Array.from({ length: METRICS_OF_ROW }, (_, i) => i);

/** Where the values of a metric stand: in the rows of a bank, in columns that end in this number. */
export type MetricPlace = { bank: number; column: number };
export const placeOfMetric = (no: number): MetricPlace => ({
  bank: Math.floor(no / METRICS_OF_ROW),
  column: no % METRICS_OF_ROW,
});
export const metricAt = ({ bank, column }: MetricPlace): number => bank * METRICS_OF_ROW + column;
export const VALUE_COLUMNS = METRIC_PLACES.map((i) => `value${i}`);
export const GAIN_COLUMNS = METRIC_PLACES.map((i) => `gain${i}`);

/** Stands as the value of a score that failed: there is one, and it is in no range. */
export const FAILED = Number.POSITIVE_INFINITY;

/** A score's place among all: that of its row, and which of its scores it is. */
export const scorePlace = (entry: number, index: number): number => entry * METRICS_OF_ROW + index;
export const entryOfScore = (place: number): number => Math.floor(place / METRICS_OF_ROW);

/**
 * What rows are searched by stands in them; all else is in `packs`, where a row's `no` is its entry. Agent, rollout, version, arm and kind
 * together are a number of `whose`; sets of slices, and the names of windows, are numbers of `words`. Exchanges, shadows and words of feedback are known by
 * `key`, 63 bits of the SHA-256 of their id. `at` is the time that a record's envelope has, of windows their start, of a pack its latest entry's: by it the
 * oldest go first.
 *
 * Scores that came on one sheet are one row, with a column for each metric (`metrics` has their numbers), as far as they are of one bank; `part`
 * counts the sheets that one answer got. Rows are in order of time in the table itself, so that each has no more than two places in the file.
 */
export const TABLES = `
CREATE TABLE offsets (topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE words (no INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE slice_members (label TEXT NOT NULL, value TEXT NOT NULL, slices INTEGER NOT NULL, PRIMARY KEY (label, value, slices)) WITHOUT ROWID;
CREATE TABLE whose (no INTEGER PRIMARY KEY, agent TEXT NOT NULL, rollout TEXT NOT NULL, version TEXT NOT NULL, arm TEXT NOT NULL, kind TEXT NOT NULL,
  UNIQUE (agent, rollout, version, arm, kind));
CREATE TABLE metrics (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE packs (no INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, texts BLOB NOT NULL);
CREATE INDEX packs_by_age ON packs (at);

CREATE TABLE exchanges (at INTEGER NOT NULL, no INTEGER NOT NULL, key INTEGER NOT NULL, whose INTEGER NOT NULL, slices INTEGER NOT NULL,
  outcome INTEGER NOT NULL, PRIMARY KEY (at, no)) WITHOUT ROWID;
CREATE UNIQUE INDEX exchanges_by_key ON exchanges (key);

CREATE TABLE shadows (at INTEGER NOT NULL, no INTEGER NOT NULL, key INTEGER NOT NULL, exchange INTEGER NOT NULL, whose INTEGER NOT NULL,
  slices INTEGER NOT NULL, PRIMARY KEY (at, no)) WITHOUT ROWID;
CREATE UNIQUE INDEX shadows_of_exchange ON shadows (exchange, key);

CREATE TABLE scores (at INTEGER NOT NULL, no INTEGER NOT NULL, exchange INTEGER NOT NULL, shadow INTEGER NOT NULL, bank INTEGER NOT NULL,
  part INTEGER NOT NULL, whose INTEGER NOT NULL, slices INTEGER NOT NULL, ${[...VALUE_COLUMNS, ...GAIN_COLUMNS].map((name) => `${name} REAL`).join(', ')},
  PRIMARY KEY (at, no)) WITHOUT ROWID;
CREATE UNIQUE INDEX scores_of_answer ON scores (exchange, shadow, bank, part);

CREATE TABLE gains (shadow INTEGER PRIMARY KEY, exchange INTEGER NOT NULL, whose INTEGER NOT NULL, no INTEGER NOT NULL, gain REAL NOT NULL,
  metric INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX gains_by_age ON gains (at);
CREATE INDEX gains_by_gain ON gains (gain, no, whose);

CREATE TABLE feedback (at INTEGER NOT NULL, no INTEGER NOT NULL, key INTEGER NOT NULL, exchange INTEGER NOT NULL, whose INTEGER NOT NULL,
  thumbs INTEGER NOT NULL, PRIMARY KEY (at, no)) WITHOUT ROWID;
CREATE UNIQUE INDEX feedback_of_exchange ON feedback (exchange, key);

CREATE TABLE windows (no INTEGER PRIMARY KEY, agent INTEGER NOT NULL, metric INTEGER NOT NULL, slice INTEGER NOT NULL, kind INTEGER NOT NULL,
  at INTEGER NOT NULL, rollout INTEGER NOT NULL, sequence INTEGER NOT NULL, version INTEGER NOT NULL, arm INTEGER NOT NULL, end_at INTEGER NOT NULL,
  count INTEGER NOT NULL, sum INTEGER NOT NULL, min INTEGER, max INTEGER, errors INTEGER NOT NULL, not_applicable INTEGER NOT NULL,
  worse INTEGER NOT NULL, better INTEGER NOT NULL, bins TEXT);
CREATE INDEX windows_by_age ON windows (at);
CREATE UNIQUE INDEX windows_by_time ON windows (agent, metric, slice, kind, at, rollout, sequence, version, arm);
`;

/** Tables of which the oldest rows go first, and what their rows are known by. */
export const AGEING = [
  { table: 'exchanges', key: 'at, no' },
  { table: 'shadows', key: 'at, no' },
  { table: 'scores', key: 'at, no' },
  { table: 'gains', key: 'shadow' },
  { table: 'feedback', key: 'at, no' },
  { table: 'windows', key: 'no' },
  { table: 'packs', key: 'no' },
] as const;

/** What stands for itself as a small number. */
export const KINDS = ['live', 'shadow', 'noise'] as const;
export const OUTCOMES = [
  'ok',
  'client_error',
  'upstream_error',
  'upstream_timeout',
  'truncated',
  'client_abort',
] as const;
export const THUMBS = ['none', 'up', 'down'] as const;
