/** Raised whenever tables or what is folded into them change: a file of another number is made anew from the log. */
export const FOLD_VERSION = 1;
/** Tells our files from other programs' (SQLite's `application_id`): "coal". */
export const APPLICATION_ID = 0x63_6f_61_6c;

/** The store's file in the controller's data folder. */
export const STORE_FILE = 'store.sqlite';

/**
 * Names that come again and again (agents, rollouts, versions, arms, metrics, judges, sets of slices) are numbers of `words`. Exchanges and shadows are
 * known by `key`, 63 bits of the SHA-256 of their id (which `ids` has once), so that what comes before its exchange can name it. `at` is the time that a record's
 * envelope has, of windows their start: by it the oldest rows go first.
 */
export const TABLES = `
CREATE TABLE offsets (topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE words (no INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE slice_members (label TEXT NOT NULL, value TEXT NOT NULL, slices INTEGER NOT NULL, PRIMARY KEY (label, value, slices)) WITHOUT ROWID;

CREATE TABLE ids (key INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX ids_by_age ON ids (at);

CREATE TABLE exchanges (no INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, agent INTEGER NOT NULL, rollout INTEGER NOT NULL,
  version INTEGER NOT NULL, arm INTEGER NOT NULL, outcome INTEGER NOT NULL, slices INTEGER NOT NULL, at INTEGER NOT NULL, head TEXT NOT NULL);
CREATE INDEX exchanges_by_age ON exchanges (at);
CREATE INDEX exchanges_by_time ON exchanges (agent, at, no, rollout, version, arm, outcome, slices);
CREATE TABLE exchange_bodies (no INTEGER PRIMARY KEY, bodies BLOB NOT NULL);

CREATE TABLE shadows (no INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, exchange INTEGER NOT NULL, agent INTEGER NOT NULL,
  rollout INTEGER NOT NULL, version INTEGER NOT NULL, arm INTEGER NOT NULL, kind INTEGER NOT NULL, slices INTEGER NOT NULL, at INTEGER NOT NULL,
  head TEXT NOT NULL);
CREATE INDEX shadows_by_age ON shadows (at);
CREATE INDEX shadows_by_time ON shadows (agent, at, no, rollout, kind, version, arm, slices);
CREATE INDEX shadows_of_exchange ON shadows (exchange);
CREATE TABLE shadow_bodies (no INTEGER PRIMARY KEY, bodies BLOB NOT NULL);

CREATE TABLE scores (no INTEGER PRIMARY KEY, exchange INTEGER NOT NULL, shadow INTEGER NOT NULL, metric INTEGER NOT NULL, agent INTEGER NOT NULL,
  rollout INTEGER NOT NULL, version INTEGER NOT NULL, arm INTEGER NOT NULL, kind INTEGER NOT NULL, slices INTEGER NOT NULL, judge INTEGER NOT NULL,
  sequence INTEGER NOT NULL, evidence INTEGER NOT NULL, status INTEGER NOT NULL, value REAL, live REAL, delta REAL, gain REAL, reason TEXT NOT NULL,
  exchange_at INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX scores_by_age ON scores (at, no, agent, kind, rollout, version, arm, slices);
CREATE UNIQUE INDEX scores_of_exchange ON scores (exchange, shadow, metric);
CREATE INDEX scores_by_time ON scores (agent, metric, at, no, kind, value, rollout, version, arm, slices);
CREATE INDEX scores_by_gain ON scores (agent, metric, gain, no, rollout) WHERE gain IS NOT NULL;

CREATE TABLE gains (no INTEGER PRIMARY KEY, shadow INTEGER NOT NULL UNIQUE, agent INTEGER NOT NULL, rollout INTEGER NOT NULL, gain REAL NOT NULL,
  metric INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX gains_by_age ON gains (at);
CREATE INDEX gains_by_agent ON gains (agent, gain, no, rollout);

CREATE TABLE feedback (no INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, exchange INTEGER NOT NULL, agent INTEGER NOT NULL, rollout INTEGER NOT NULL,
  version INTEGER NOT NULL, arm INTEGER NOT NULL, thumbs INTEGER NOT NULL, at INTEGER NOT NULL, head TEXT NOT NULL);
CREATE INDEX feedback_by_age ON feedback (at);
CREATE INDEX feedback_by_time ON feedback (agent, at, no, rollout, version, arm, thumbs);
CREATE INDEX feedback_of_exchange ON feedback (exchange);

CREATE TABLE windows (no INTEGER PRIMARY KEY, agent INTEGER NOT NULL, metric INTEGER NOT NULL, slice INTEGER NOT NULL, kind INTEGER NOT NULL,
  at INTEGER NOT NULL, rollout INTEGER NOT NULL, sequence INTEGER NOT NULL, version INTEGER NOT NULL, arm INTEGER NOT NULL, end_at INTEGER NOT NULL,
  count INTEGER NOT NULL, sum INTEGER NOT NULL, min INTEGER, max INTEGER, errors INTEGER NOT NULL, not_applicable INTEGER NOT NULL,
  worse INTEGER NOT NULL, better INTEGER NOT NULL, bins BLOB);
CREATE INDEX windows_by_age ON windows (at);
CREATE UNIQUE INDEX windows_by_time ON windows (agent, metric, slice, kind, at, rollout, sequence, version, arm);
`;

/** Tables of which the oldest rows go first, and what else goes with a row of theirs. */
export const AGEING = [
  { table: 'ids', bodies: null },
  { table: 'exchanges', bodies: 'exchange_bodies' },
  { table: 'shadows', bodies: 'shadow_bodies' },
  { table: 'scores', bodies: null },
  { table: 'gains', bodies: null },
  { table: 'feedback', bodies: null },
  { table: 'windows', bodies: null },
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
export const STATUSES = ['scored', 'error', 'not_applicable'] as const;
export const THUMBS = ['none', 'up', 'down'] as const;
