-- Attributes of compared exchanges, to explain causes; marks, and isolations. As in the SQLite schema.

CREATE TABLE attribute_stratum (
  run_key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  number integer NOT NULL,            -- within the endpoint
  stratum text COLLATE "C" NOT NULL,  -- digest of a set of fields; empty: those that match; *: all beyond the cap
  below double precision NOT NULL,    -- all exchanges whose draw is below this are kept, unless they were deleted by age
  version bigint NOT NULL,            -- of the last change
  bytes bigint NOT NULL,              -- of its records
  PRIMARY KEY (run_key, endpoint_key, number)
) WITH (fillfactor = 50);

-- Records are stored as what distinguishes them from one of these; see attribute-records.ts.
CREATE TABLE attribute_template (
  run_key bigint NOT NULL,
  endpoint_key integer NOT NULL,
  number integer NOT NULL,            -- within the endpoint, from 0
  content text NOT NULL,              -- JSON
  PRIMARY KEY (run_key, endpoint_key, number)
);

-- The day is that of the exchange's arrival.
CREATE TABLE attribute_record (
  run_key bigint NOT NULL,
  day integer NOT NULL,
  endpoint_key integer NOT NULL,
  stratum integer NOT NULL,           -- its number
  draw double precision NOT NULL,
  id text COLLATE "C" NOT NULL,       -- of the exchange
  at bigint NOT NULL,
  content text NOT NULL,              -- JSON
  PRIMARY KEY (run_key, endpoint_key, stratum, draw, id, day)
) PARTITION BY RANGE (day);

-- A mark or an isolation can come before its run.
CREATE TABLE mark (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  run_id text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  text text NOT NULL,
  subset text,                        -- null: it concerns all
  by text NOT NULL
);
CREATE INDEX mark_of_run ON mark (run_id, kind, at);

CREATE TABLE isolation (
  key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  run_id text COLLATE "C" NOT NULL,
  candidate text COLLATE "C" NOT NULL,
  started_at bigint NOT NULL,
  content text NOT NULL               -- JSON object
);
CREATE INDEX isolation_of_run ON isolation (run_id, started_at);
