-- Replicas append what they have counted to `entry`; one of them at a time merges the entries into the counts that reports read.
-- The meaning of counts is that of the SQLite schema. Times are Unix milliseconds unless their type says otherwise; minutes and
-- days are whole ones since the Unix epoch, of a request's arrival; JSON is kept as text, because the type jsonb has no NUL.
-- Text of requests is stored as encodeText in text-encoding.ts writes it, for the same reason.
--
-- Keys of runs and replicas are given by the database; all others are given by the merge, which is why no sequence is needed. The
-- run comes first in every key of a large table: it is the distribution column where several servers share the data. Text is
-- compared by its bytes (collation "C"), so that an upgrade of the operating system never invalidates an index. An index cannot
-- hold a long text: where one identifies a row, the row has a number or a digest.

CREATE TABLE run (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL,
  started_at bigint NOT NULL,
  ended_at bigint,                    -- null while it goes on
  labels text NOT NULL,               -- JSON object
  primary_subset text NOT NULL,
  candidates text NOT NULL,           -- JSON array of subset names
  secondary_subset text,
  gate text NOT NULL,                 -- JSON object
  rules text NOT NULL                 -- JSON array of those of the configuration
);

-- The processes that write. A replica that was killed keeps its row, with how much it had not committed.
CREATE TABLE replica (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,  -- of one process: a restarted one has another
  name text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,               -- it has stopped and committed everything
  lost_at timestamptz,                -- no heartbeat for so long that its requests in flight count as interrupted
  version text NOT NULL,
  config_hash text NOT NULL,
  listen text NOT NULL,               -- address
  admin text NOT NULL,                -- address
  run_key bigint REFERENCES run (key) ON DELETE SET NULL,
  last_sequence bigint NOT NULL DEFAULT 0, -- of its entries
  received bigint NOT NULL DEFAULT 0,      -- requests since it started, at the last heartbeat
  uncommitted bigint NOT NULL DEFAULT 0,   -- those of them that it had not committed
  rate double precision NOT NULL DEFAULT 0, -- requests per second
  health text NOT NULL DEFAULT '{}'   -- JSON object
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- Batches that were committed, so that one which is delivered twice counts once. The newest of each replica are remembered.
CREATE TABLE batch (
  replica_key bigint NOT NULL REFERENCES replica (key) ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (replica_key, id)
);
CREATE INDEX batch_by_age ON batch (replica_key, sequence);

-- One row. Its version increases with every merge. Whoever has cached what an earlier one left compares the token: after a failover
-- that has lost merges, there is another merge with the same version.
CREATE TABLE merge_state (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  version bigint NOT NULL DEFAULT 0,
  token uuid NOT NULL DEFAULT gen_random_uuid(), -- another one with every merge
  merged_at timestamptz NOT NULL DEFAULT now(),
  merger bigint,                      -- key of the replica that merged last; null: a command
  block_version bigint NOT NULL DEFAULT 0, -- increases with every change of blocks
  limits text                         -- JSON object: those of the last merger, for a command that merges; null before the first
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
INSERT INTO merge_state DEFAULT VALUES;

-- One row: what a person decides for all replicas.
CREATE TABLE shared_state (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  change bigint NOT NULL DEFAULT 0,   -- increases with every edit
  current_run_key bigint REFERENCES run (key) ON DELETE SET NULL,
  paused boolean NOT NULL DEFAULT false,
  percents text NOT NULL DEFAULT '{}', -- JSON object
  changes text NOT NULL DEFAULT '[]'  -- JSON array: the latest changes of shares and pause
);
INSERT INTO shared_state DEFAULT VALUES;

CREATE TABLE rule (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- in the order in which they were entered
  id text COLLATE "C" NOT NULL UNIQUE,
  endpoint text NOT NULL,
  section text NOT NULL,
  path text NOT NULL,
  kind text,
  action text NOT NULL,               -- JSON object
  owner text NOT NULL,
  reason text NOT NULL,
  created_by text NOT NULL,
  created_at bigint,
  expires_at bigint
);

CREATE TABLE review (
  signature text COLLATE "C" PRIMARY KEY,
  decision text NOT NULL,             -- accepted or denied
  endpoints text NOT NULL,            -- JSON array
  title text NOT NULL,
  fields text NOT NULL,               -- JSON array of objects
  reason text NOT NULL,
  by text NOT NULL,
  at bigint NOT NULL,
  expires_at bigint
);

CREATE TABLE audit (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  by text NOT NULL,
  what text NOT NULL
);

-- Path segments whose values are counted as one parameter. Counts stay with the names under which they were stored; readers
-- replace the values.
CREATE TABLE learned_template (
  digest text COLLATE "C" PRIMARY KEY, -- SHA-256 of route, method and parent
  route text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  parent text COLLATE "C" NOT NULL,   -- the template up to the segment: /repos/{repo}
  parameter text NOT NULL,            -- {name}
  literals text NOT NULL,             -- JSON array of values that stay as they are
  decided_by text,                    -- null: learned from traffic
  decided_at bigint
);

-- Path segments whose values a person keeps apart however many there are.
CREATE TABLE kept_apart (
  digest text COLLATE "C" PRIMARY KEY, -- SHA-256 of route, method and parent
  route text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  parent text COLLATE "C" NOT NULL,
  decided_by text NOT NULL,
  decided_at bigint NOT NULL
);

-- The log of each replica: what it has committed and no merge has counted yet. Merged entries are deleted. No foreign keys: all
-- replicas would lock the row of their run.
CREATE TABLE entry (
  run_key bigint NOT NULL,
  replica_key bigint NOT NULL,
  sequence bigint NOT NULL,
  kind text NOT NULL,                 -- counts, interrupt, carry-over or forget
  payload bytea NOT NULL,             -- see entry-payload.ts
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_key, replica_key, sequence)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000, toast.autovacuum_vacuum_cost_delay = 0);
-- It is compressed already.
ALTER TABLE entry ALTER COLUMN payload SET STORAGE EXTERNAL;

-- One row per endpoint and candidate.
CREATE TABLE endpoint (
  run_key bigint NOT NULL REFERENCES run (key),
  key integer NOT NULL,
  digest text COLLATE "C" NOT NULL,   -- SHA-256 of candidate, route and name
  candidate text COLLATE "C" NOT NULL,
  route text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,     -- method and path template, or the collective name beyond the cap
  PRIMARY KEY (run_key, key),
  UNIQUE (run_key, digest)
);

-- The distinct results of comparisons.
CREATE TABLE outcome_set (
  run_key bigint NOT NULL,
  key integer NOT NULL,
  endpoint_key integer NOT NULL,
  digest text COLLATE "C" NOT NULL,   -- SHA-256 of all columns below
  paired boolean NOT NULL,
  overflow boolean NOT NULL,          -- beyond the cap: whether the candidate differed
  beyond_cap boolean NOT NULL,
  fields text NOT NULL,               -- JSON array of [section, path, kind, mark]
  PRIMARY KEY (run_key, key),
  UNIQUE (run_key, endpoint_key, digest)
);

-- Sums of tally over all days that are still there.
CREATE TABLE tally_total (
  run_key bigint NOT NULL,
  set_key integer NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (run_key, set_key)
) WITH (fillfactor = 50);

-- Exchanges by the names of their query parameters, for each set of differing fields.
CREATE TABLE parameter_counts (
  run_key bigint NOT NULL,
  set_key integer NOT NULL,
  counts text NOT NULL,               -- JSON array: all counted, without any, with a name beyond the limit, name, count, …
  PRIMARY KEY (run_key, set_key)
) WITH (fillfactor = 50);

-- These counts are of the run, not by minute: they go when their endpoint goes.
CREATE TABLE relation (
  run_key bigint NOT NULL,
  key integer NOT NULL,
  endpoint_key integer NOT NULL,
  section text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,     -- empty: all fields beyond the cap
  kind text COLLATE "C" NOT NULL,
  relation text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (run_key, key)
) WITH (fillfactor = 50);
CREATE INDEX relation_of_endpoint ON relation (run_key, endpoint_key);

CREATE TABLE status_pair (
  run_key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  role text COLLATE "C" NOT NULL,     -- candidate or secondary
  primary_status integer NOT NULL,
  other_status integer NOT NULL,      -- 0: no complete answer
  count bigint NOT NULL,
  PRIMARY KEY (run_key, endpoint_key, role, primary_status, other_status)
) WITH (fillfactor = 50);

CREATE TABLE failure (
  run_key bigint NOT NULL,
  key integer NOT NULL,
  endpoint_key integer NOT NULL,
  role text COLLATE "C" NOT NULL,     -- candidate or secondary
  kind text COLLATE "C" NOT NULL,     -- refused, dns, tls, …
  reason text COLLATE "C" NOT NULL,   -- in words
  address text COLLATE "C" NOT NULL,  -- URL of the upstream; empty if there is none
  count bigint NOT NULL,
  PRIMARY KEY (run_key, key)
) WITH (fillfactor = 50);
CREATE INDEX failure_of_endpoint ON failure (run_key, endpoint_key);

CREATE TABLE rule_hit (
  run_key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  rule text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (run_key, endpoint_key, rule)
) WITH (fillfactor = 50);

-- Features of field values, whose counts are in blocks.
CREATE TABLE feature (
  run_key bigint NOT NULL,
  key integer NOT NULL,
  endpoint_key integer NOT NULL,
  section text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,     -- empty: all features beyond the limit
  feature text COLLATE "C" NOT NULL,
  PRIMARY KEY (run_key, key)
);
CREATE INDEX feature_of_endpoint ON feature (run_key, endpoint_key);

-- Counts over time. The first slot and the level make a block's period: 2^level slots of 1/8 second since the Unix epoch.
CREATE TABLE block (
  run_key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  first_slot bigint NOT NULL,
  level integer NOT NULL,
  version bigint NOT NULL,            -- of the last change
  counts bytea NOT NULL,              -- packed as described in block-counts.ts
  PRIMARY KEY (run_key, endpoint_key, first_slot)
);

-- The newest blocks of an endpoint, which change with every merge, in one row. Every endpoint that has blocks has this row.
CREATE TABLE recent_blocks (
  run_key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  version bigint NOT NULL,            -- of the last change of any block of the endpoint
  first_slot bigint,                  -- of the oldest of them; null if there are none
  blocks bytea NOT NULL,              -- packed as described in recent-blocks.ts
  PRIMARY KEY (run_key, endpoint_key)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1);
-- In the row as long as it fits: a row that changes twice a second must not leave dead chunks in a second table.
ALTER TABLE recent_blocks ALTER COLUMN blocks SET STORAGE MAIN;

-- What has a time is partitioned by day. A day's tables are created by the first merge that needs them, with the number of the
-- day after an underscore (tally_20787), and dropped by retention.

CREATE TABLE tally (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  minute integer NOT NULL,
  set_key integer NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (run_key, day, minute, set_key)
) PARTITION BY RANGE (day);

-- A histogram is packed as described in latency-histogram.ts. The latencies of a run are the sums of its blocks.
CREATE TABLE latency (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  minute integer NOT NULL,
  endpoint_key integer NOT NULL,
  histogram bytea NOT NULL,
  PRIMARY KEY (run_key, endpoint_key, minute, day)
) PARTITION BY RANGE (day);

CREATE TABLE latency_of_all (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  candidate text COLLATE "C" NOT NULL,
  minute integer NOT NULL,
  histogram bytea NOT NULL,
  PRIMARY KEY (run_key, day, candidate, minute)
) PARTITION BY RANGE (day);

-- The reason of requests in flight is the key of their replica, a slash and their proxy thread; also of those that were
-- interrupted because their replica was lost: if it comes back, they are in flight again.
CREATE TABLE accounting (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  minute integer NOT NULL,
  candidate text COLLATE "C" NOT NULL,
  fate text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (run_key, day, minute, candidate, fate, reason)
) PARTITION BY RANGE (day);
-- Those of proxy threads: in flight, or interrupted because their replica was lost.
CREATE INDEX accounting_of_thread ON accounting (run_key) WHERE fate IN ('inFlight', 'interrupted') AND reason <> '';

-- Exchanges kept as examples, of all replicas together. The day is that of their arrival.
CREATE TABLE sample (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  method text NOT NULL,
  target text NOT NULL,
  headers text NOT NULL,              -- JSON array: name, value, name, value …
  fields text NOT NULL,               -- JSON array of [section, path, kind, mark]
  differences text NOT NULL,          -- JSON array of objects
  primary_status integer NOT NULL,
  candidate_status integer NOT NULL,
  size bigint NOT NULL,               -- bytes of all bodies on the wire
  draw double precision NOT NULL,     -- the smallest ones are the reservoir
  primary_ms double precision,        -- latencies without the time to connect; null if the response is missing or incomplete
  candidate_ms double precision,
  secondary_ms double precision,
  PRIMARY KEY (run_key, day, key),
  UNIQUE (run_key, id, endpoint_key, day)
) PARTITION BY RANGE (day);
CREATE INDEX sample_by_age ON sample (run_key, at, key);
CREATE INDEX sample_of_endpoint ON sample (run_key, endpoint_key, at);

CREATE TABLE sample_leg (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  sample_key bigint NOT NULL,
  role text COLLATE "C" NOT NULL,     -- primary, candidate or secondary
  head text NOT NULL,                 -- JSON object: all of the leg but the content of its body
  content bytea NOT NULL,             -- zstd
  PRIMARY KEY (run_key, day, sample_key, role)
) PARTITION BY RANGE (day);
ALTER TABLE sample_leg ALTER COLUMN content SET STORAGE EXTERNAL;

-- Which samples show a field, and why they are kept for it.
CREATE TABLE sample_field (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  sample_key bigint NOT NULL,
  position integer NOT NULL,          -- in the fields of the sample
  endpoint_key integer NOT NULL,
  section text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  raw boolean NOT NULL,               -- primary and candidate differed, or only primary and secondary
  slots integer NOT NULL,             -- bits: 1 first, 2 last, 4 smallest, 8 reservoir
  PRIMARY KEY (run_key, day, sample_key, position)
) PARTITION BY RANGE (day);
CREATE INDEX sample_field_of_endpoint ON sample_field (run_key, endpoint_key);

-- Of each endpoint and each step of the candidate's latency the slowest exchanges, without headers and bodies.
CREATE TABLE slow_exchange (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  step integer NOT NULL,              -- see latencyStep in lib/log-buckets.ts
  at bigint NOT NULL,
  method text NOT NULL,
  target text NOT NULL,
  primary_status integer NOT NULL,
  candidate_status integer NOT NULL,
  primary_ms double precision,
  candidate_ms double precision NOT NULL,
  secondary_ms double precision,
  sample_id text COLLATE "C",         -- the id of an exchange that differs: it may be stored as a sample too
  PRIMARY KEY (run_key, day, key)
) PARTITION BY RANGE (day);
CREATE INDEX slow_exchange_of_step ON slow_exchange (run_key, endpoint_key, step);
