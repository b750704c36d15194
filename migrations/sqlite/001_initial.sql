-- Counters are exact and small; exchanges are kept as samples. Minutes are whole minutes since the Unix epoch, of a
-- request's arrival. Keys are small integers of this file; ids are what the program calls a thing.

CREATE TABLE run (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  started_at INTEGER NOT NULL,        -- Unix milliseconds
  primary_subset TEXT NOT NULL,
  candidates TEXT NOT NULL,           -- JSON array of subset names
  secondary_subset TEXT,
  gate TEXT NOT NULL                  -- JSON object
) STRICT;

-- Batches that were committed, so that one which is delivered twice counts once.
CREATE TABLE batch (
  sequence INTEGER PRIMARY KEY,
  run_key INTEGER NOT NULL REFERENCES run (key),
  id TEXT NOT NULL,
  UNIQUE (run_key, id)
) STRICT;

-- One row per endpoint and candidate.
CREATE TABLE endpoint (
  key INTEGER PRIMARY KEY,
  run_key INTEGER NOT NULL REFERENCES run (key),
  candidate TEXT NOT NULL,
  route TEXT NOT NULL,
  name TEXT NOT NULL,                 -- method and path template, or the collective name beyond the cap
  UNIQUE (run_key, candidate, route, name)
) STRICT;

-- The distinct results of comparisons.
CREATE TABLE outcome_set (
  key INTEGER PRIMARY KEY,
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key),
  digest TEXT NOT NULL,               -- SHA-256 of all columns below
  paired INTEGER NOT NULL,
  overflow INTEGER NOT NULL,          -- beyond the cap: whether the candidate differed
  beyond_cap INTEGER NOT NULL,
  fields TEXT NOT NULL,               -- JSON array of [section, path, kind, mark]
  UNIQUE (endpoint_key, digest)
) STRICT;

-- The run and the minute come first: writing touches the last pages only, and old minutes are one range.
CREATE TABLE tally (
  run_key INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  set_key INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (run_key, minute, set_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency (
  run_key INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  endpoint_key INTEGER NOT NULL,
  series INTEGER NOT NULL,            -- 0 primary, 1 candidate, 2 secondary, 3 ratio, 4 bias
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (run_key, minute, endpoint_key, series, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounting (
  run_key INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  candidate TEXT NOT NULL,
  fate TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (run_key, minute, candidate, fate, reason)
) STRICT, WITHOUT ROWID;

-- Sums of tally and latency over all minutes that are still there, written in the same transaction: a report costs
-- as many rows as there are differences and buckets, however long the run is.
CREATE TABLE tally_total (
  set_key INTEGER PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT;

CREATE TABLE latency_total (
  endpoint_key INTEGER NOT NULL,
  series INTEGER NOT NULL,
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (endpoint_key, series, bucket)
) STRICT, WITHOUT ROWID;

-- Exchanges kept as examples.
CREATE TABLE sample (
  key INTEGER PRIMARY KEY,
  run_key INTEGER NOT NULL REFERENCES run (key),
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key),
  id TEXT NOT NULL,
  at INTEGER NOT NULL,                -- Unix milliseconds
  method TEXT NOT NULL,
  target TEXT NOT NULL,
  headers TEXT NOT NULL,              -- JSON array: name, value, name, value …
  fields TEXT NOT NULL,               -- JSON array of [section, path, kind, mark]
  differences TEXT NOT NULL,          -- JSON array of objects
  primary_status INTEGER NOT NULL,
  candidate_status INTEGER NOT NULL,
  UNIQUE (run_key, id, endpoint_key)
) STRICT;
CREATE INDEX sample_by_age ON sample (at);
CREATE INDEX sample_of_run_by_age ON sample (run_key, at);
CREATE INDEX sample_of_endpoint ON sample (endpoint_key);

CREATE TABLE sample_leg (
  sample_key INTEGER NOT NULL REFERENCES sample (key) ON DELETE CASCADE,
  role TEXT NOT NULL,                 -- primary, candidate or secondary
  head TEXT NOT NULL,                 -- JSON object: all of the leg but the content of its body
  content BLOB NOT NULL,              -- zstd
  UNIQUE (sample_key, role)
) STRICT;

-- Which samples show a field; counts of raw rows bound the samples per difference.
CREATE TABLE sample_field (
  endpoint_key INTEGER NOT NULL,
  section TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  raw INTEGER NOT NULL,               -- 1: primary and candidate differed, 0: only primary and secondary
  sample_key INTEGER NOT NULL REFERENCES sample (key) ON DELETE CASCADE,
  PRIMARY KEY (endpoint_key, section, path, kind, raw, sample_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_field_of_sample ON sample_field (sample_key);
