-- Attributes of compared exchanges, to explain causes. Of the exchanges of an endpoint that differ in the same fields, and of those
-- that match, the ones with the smallest draws are kept: a uniform sample.

CREATE TABLE attribute_stratum (
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  number INTEGER NOT NULL,            -- within the endpoint
  stratum TEXT NOT NULL,              -- digest of a set of fields; empty: those that match; *: all beyond the cap
  below REAL NOT NULL,                -- all exchanges whose draw is below this are kept, unless they were deleted by age
  version INTEGER NOT NULL,           -- of the last change; see block_version
  bytes INTEGER NOT NULL,             -- of its records
  PRIMARY KEY (endpoint_key, number)
) STRICT, WITHOUT ROWID;

-- Records are stored as what distinguishes them from one of these; see attribute-records.ts.
CREATE TABLE attribute_template (
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  number INTEGER NOT NULL,            -- within the endpoint, from 0
  content TEXT NOT NULL,              -- JSON
  PRIMARY KEY (endpoint_key, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE attribute_record (
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  stratum INTEGER NOT NULL,           -- its number
  draw REAL NOT NULL,
  id TEXT NOT NULL,                   -- of the exchange
  at INTEGER NOT NULL,                -- Unix milliseconds
  content TEXT NOT NULL,              -- JSON
  PRIMARY KEY (endpoint_key, stratum, draw, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attribute_record_by_age ON attribute_record (at);

-- What happened at one moment: deployments, changes of the configuration.
CREATE TABLE mark (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  at INTEGER NOT NULL,                -- Unix milliseconds
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  subset TEXT,                        -- null: it concerns all
  by TEXT NOT NULL
) STRICT;
CREATE INDEX mark_of_run ON mark (run_id, kind, at);
CREATE INDEX mark_by_age ON mark (at);

-- How requests with a cause were reduced to the smallest one that shows it.
CREATE TABLE isolation (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  candidate TEXT NOT NULL,
  started_at INTEGER NOT NULL,        -- Unix milliseconds
  content TEXT NOT NULL               -- JSON object
) STRICT;
CREATE INDEX isolation_of_run ON isolation (run_id, started_at);
CREATE INDEX isolation_by_age ON isolation (started_at);
