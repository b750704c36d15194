-- The latency of a sampled response, in milliseconds without the time to connect; NULL if it is incomplete.
ALTER TABLE sample_leg ADD COLUMN ms REAL GENERATED ALWAYS AS (
  CASE WHEN json_extract(head, '$.failure') IS NULL
  THEN json_extract(head, '$.timing.totalMs') - coalesce(json_extract(head, '$.timing.connectMs'), 0.0) END
) VIRTUAL;

-- Of each endpoint and each step of the candidate's latency the slowest exchanges, without headers and bodies: most of them have
-- no difference.
CREATE TABLE slow_exchange (
  key INTEGER PRIMARY KEY,
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  step INTEGER NOT NULL,              -- see latencyStep in lib/log-buckets.ts
  at INTEGER NOT NULL,                -- Unix milliseconds
  method TEXT NOT NULL,
  target TEXT NOT NULL,
  primary_status INTEGER NOT NULL,
  candidate_status INTEGER NOT NULL,
  primary_ms REAL,
  candidate_ms REAL NOT NULL,
  secondary_ms REAL,
  sample_id TEXT                      -- the id of an exchange that differs: it may be stored as a sample too
) STRICT;
CREATE INDEX slow_exchange_of_step ON slow_exchange (endpoint_key, step, candidate_ms);
CREATE INDEX slow_exchange_by_age ON slow_exchange (at);
