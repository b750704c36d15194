-- What was copied from a SQLite file; see docs/scaling.md.

-- The latencies that a version before time blocks has counted, for the whole run; blocks count those of later versions. Nothing is
-- ever added to them.
CREATE TABLE latency_total (
  run_key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  histogram bytea NOT NULL,           -- packed as described in latency-histogram.ts
  PRIMARY KEY (run_key, endpoint_key)
);

CREATE TABLE copied_run (
  run_key bigint PRIMARY KEY REFERENCES run (key) ON DELETE CASCADE,
  digest text COLLATE "C" NOT NULL,   -- SHA-256 of all rows that were copied
  copied_at timestamptz NOT NULL DEFAULT now()
);

-- Rules, reviews, decisions about templates and entries of the audit log. One that was copied once is not copied again: a person
-- may have removed it since.
CREATE TABLE copied_decision (
  digest text COLLATE "C" PRIMARY KEY -- SHA-256 of its table and its columns
);
