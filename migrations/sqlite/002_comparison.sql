-- Runs end and carry labels; relations, statuses, rule hits and paired latencies are counted; rules and reviews are kept.

ALTER TABLE run ADD COLUMN ended_at INTEGER;                 -- Unix milliseconds; null while it goes on
ALTER TABLE run ADD COLUMN labels TEXT NOT NULL DEFAULT '{}'; -- JSON object
ALTER TABLE run ADD COLUMN rules TEXT NOT NULL DEFAULT '[]'; -- JSON array of those of the configuration
-- Earlier runs were judged without these thresholds.
UPDATE run SET gate = json_patch('{"errorRate":1,"coverage":[],"endpoints":[]}', gate);

-- A batch counts once whatever the run is when it is sent again: its id is its own.
CREATE TABLE committed_batch (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
) STRICT;
INSERT OR IGNORE INTO committed_batch (sequence, id) SELECT sequence, id FROM batch ORDER BY sequence;
DROP TABLE batch;
ALTER TABLE committed_batch RENAME TO batch;

-- These counts are of the whole run, not by minute: they go when their endpoint goes.
CREATE TABLE relation (
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  section TEXT NOT NULL,
  path TEXT NOT NULL,                 -- empty: all fields beyond the cap
  kind TEXT NOT NULL,
  relation TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (endpoint_key, section, path, kind, relation)
) STRICT, WITHOUT ROWID;

CREATE TABLE status_pair (
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  role TEXT NOT NULL,                 -- candidate or secondary
  primary_status INTEGER NOT NULL,
  other_status INTEGER NOT NULL,      -- 0: no complete answer
  count INTEGER NOT NULL,
  PRIMARY KEY (endpoint_key, role, primary_status, other_status)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_hit (
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  rule TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (endpoint_key, rule)
) STRICT, WITHOUT ROWID;

-- A uniform sample of the latencies of an endpoint: those with the smallest draws.
CREATE TABLE latency_pair (
  endpoint_key INTEGER PRIMARY KEY REFERENCES endpoint (key) ON DELETE CASCADE,
  pairs BLOB NOT NULL                 -- per pair four little-endian 32-bit floats: draw, primary, candidate, secondary (NaN: none)
) STRICT;

CREATE TABLE rule (
  key INTEGER PRIMARY KEY,            -- in the order in which they were entered
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  section TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT,
  action TEXT NOT NULL,               -- JSON object
  owner TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER,                 -- Unix milliseconds
  expires_at INTEGER
) STRICT;

CREATE TABLE review (
  signature TEXT PRIMARY KEY,
  decision TEXT NOT NULL,             -- accepted or denied
  endpoint TEXT NOT NULL,
  title TEXT NOT NULL,
  fields TEXT NOT NULL,               -- JSON array of objects
  reason TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,                -- Unix milliseconds
  expires_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  key INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,                -- Unix milliseconds
  by TEXT NOT NULL,
  what TEXT NOT NULL
) STRICT;

-- Why a sample is kept for a field; a sample that is kept for none is deleted. Those of earlier runs stay as they are.
ALTER TABLE sample_field ADD COLUMN slots INTEGER NOT NULL DEFAULT 8; -- bits: 1 first, 2 last, 4 smallest, 8 reservoir
ALTER TABLE sample ADD COLUMN size INTEGER NOT NULL DEFAULT 0;        -- bytes of all bodies on the wire
ALTER TABLE sample ADD COLUMN draw REAL NOT NULL DEFAULT 0;           -- the smallest ones are the reservoir
