/**
 * The tables, as numbered steps from an empty file to the newest version. A step is never changed once it was released;
 * a new table or column is a new step. Whoever needs further tables beside the store's adds a step here and writes them in
 * the store's own transactions, as the records of runs are: one file has one history, so that after a crash neither is ahead of
 * the other.
 *
 * JSON is stored as text in its wire form (snake_case) and parsed when somebody reads it. What an algorithm's task may
 * make large (`input`, span bodies) is apart from what changes often, so that a change of status rewrites a short row.
 */

/** Marks a file as ours: "AgLS" in ASCII. */
export const APPLICATION_ID = 0x41_67_4c_53;

const VERSION_1 = `
CREATE TABLE rollouts (
  seq INTEGER PRIMARY KEY,
  rollout_id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  priority INTEGER NOT NULL,
  ticket INTEGER NOT NULL,
  start_time REAL NOT NULL,
  end_time REAL,
  mode TEXT,
  resources_id TEXT,
  config TEXT NOT NULL,
  request_hash TEXT,
  latest_attempt INTEGER NOT NULL,
  span_counter INTEGER NOT NULL
) STRICT;
-- The queue is a view of the status: there is no way to be in one without the other.
CREATE INDEX rollouts_queue ON rollouts (priority DESC, ticket) WHERE status IN ('queuing', 'requeuing');
CREATE INDEX rollouts_by_status ON rollouts (status);
CREATE INDEX rollouts_by_start ON rollouts (start_time);
CREATE INDEX rollouts_ended ON rollouts (end_time) WHERE status IN ('succeeded', 'failed', 'cancelled');

CREATE TABLE rollout_bodies (
  seq INTEGER PRIMARY KEY,
  input TEXT NOT NULL,
  metadata TEXT NOT NULL
) STRICT;

CREATE TABLE attempts (
  rollout_seq INTEGER NOT NULL,
  sequence_id INTEGER NOT NULL,
  attempt_id TEXT NOT NULL,
  start_time REAL NOT NULL,
  end_time REAL,
  status TEXT NOT NULL,
  worker_id TEXT,
  last_heartbeat_time REAL,
  metadata TEXT,
  claim_id TEXT,
  claim_worker_id TEXT,
  claim_position INTEGER,
  PRIMARY KEY (rollout_seq, sequence_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_claim ON attempts (claim_id, claim_position) WHERE claim_id IS NOT NULL;
CREATE INDEX attempts_unconfirmed ON attempts (claim_worker_id) WHERE claim_id IS NOT NULL AND status = 'preparing';

CREATE TABLE spans (
  seq INTEGER PRIMARY KEY,
  rollout_seq INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  sequence_id INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX spans_key ON spans (rollout_seq, attempt, span_id);

-- Span numbers that were asked for rollouts which do not exist (yet).
CREATE TABLE stray_span_counters (
  rollout_id TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resources (
  seq INTEGER PRIMARY KEY,
  resources_id TEXT NOT NULL UNIQUE,
  create_time REAL NOT NULL,
  update_time REAL NOT NULL,
  version INTEGER NOT NULL,
  resources TEXT NOT NULL,
  touched INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE workers (
  seq INTEGER PRIMARY KEY,
  worker_id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  heartbeat_stats TEXT,
  last_heartbeat_time REAL,
  last_dequeue_time REAL,
  last_busy_time REAL,
  last_idle_time REAL,
  current_rollout_id TEXT,
  current_attempt_id TEXT
) STRICT;

-- Rollouts that retention has taken out.
CREATE TABLE evicted_rollouts (
  rollout_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Small things by name, as JSON: 'counts' is what the tables hold, 'owner' who writes to the file.
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

const VERSION_2 = `
-- What runs have noted of their work: the durable steps of algorithms.
CREATE TABLE run_records (
  seq INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX run_records_key ON run_records (run_id, kind, key);
`;

const VERSION_3 = `
-- Of the record's value: what a run goes on from is not to be changed unnoticed. Absent in records of older versions.
ALTER TABLE run_records ADD COLUMN checksum INTEGER;
`;

/** Step n leads from version n to n + 1. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3];

/** The version that this package reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;
