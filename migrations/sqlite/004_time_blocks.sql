-- Counts over time. The first slot and the level make a block's period: 2^level slots of 1/8 second since the Unix epoch. Counts
-- are packed as described in block-counts.ts, because most blocks are small and change often.

-- One row: increases with every change of blocks.
CREATE TABLE block_version (version INTEGER NOT NULL) STRICT;
INSERT INTO block_version (version) VALUES (0);

CREATE TABLE block (
  key INTEGER PRIMARY KEY,
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  first_slot INTEGER NOT NULL,
  level INTEGER NOT NULL,
  version INTEGER NOT NULL,           -- of the last change
  counts BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX block_of_endpoint ON block (endpoint_key, first_slot, level, version);

-- The newest blocks of an endpoint, which change with every commit, in one row. Every endpoint that has blocks has this row.
CREATE TABLE recent_blocks (
  endpoint_key INTEGER PRIMARY KEY REFERENCES endpoint (key) ON DELETE CASCADE,
  version INTEGER NOT NULL,           -- of the last change of any block of the endpoint
  first_slot INTEGER,                 -- of the oldest of them; null if there are none
  blocks BLOB NOT NULL                -- packed as described in recent-blocks.ts
) STRICT;

-- Features of field values, whose counts are in blocks.
CREATE TABLE feature (
  key INTEGER PRIMARY KEY,
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  section TEXT NOT NULL,
  path TEXT NOT NULL,                 -- empty: all features beyond the limit
  feature TEXT NOT NULL,
  UNIQUE (endpoint_key, section, path, feature)
) STRICT;

-- The latencies of a run are the sums of its blocks. Those of earlier runs stay in the total, ratios in fine buckets: bucket b
-- becomes 16b + 8, the middle one of the 16 that are as wide together. In the stored form, b is increased by 32,768.
UPDATE latency_total SET histogram = (
  WITH RECURSIVE
    entry (at, digits) AS (
      SELECT 0, hex(substr(histogram, 1, 8))
      UNION ALL
      SELECT at + 8, hex(substr(histogram, at + 9, 8)) FROM entry WHERE at + 8 < length(histogram)
    ),
    parsed AS (
      SELECT at, digits, substr(digits, 1, 2) AS series,
        (instr('123456789ABCDEF', substr(digits, 3, 1)) * 16 + instr('123456789ABCDEF', substr(digits, 4, 1))) * 256
          + instr('123456789ABCDEF', substr(digits, 5, 1)) * 16 + instr('123456789ABCDEF', substr(digits, 6, 1)) AS bucket
      FROM entry
    )
  SELECT unhex(group_concat(
    CASE WHEN series IN ('03', '04') THEN series || printf('%04x', (bucket - 32768) * 16 + 8 + 32768) || substr(digits, 7) ELSE digits END,
    '' ORDER BY at))
  FROM parsed
);

DROP TABLE latency_pair;
