-- Latencies as one row for each minute and endpoint instead of one for each bucket: a screen of a long run reads few rows.
-- And latencies of all endpoints together, by minute. A histogram is a list of entries of 8 bytes, rising: series (1 byte: 0
-- primary, 1 candidate, 2 secondary, 3 ratio, 4 bias), bucket + 32,768 (2 bytes), count (5 bytes), the high byte first.

CREATE TABLE latency_histogram (
  run_key INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  endpoint_key INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  PRIMARY KEY (run_key, minute, endpoint_key)
) STRICT;

INSERT INTO latency_histogram (run_key, minute, endpoint_key, histogram)
SELECT run_key, minute, endpoint_key,
  unhex(group_concat(printf('%02x%04x%010x', series, bucket + 32768, count), '' ORDER BY series, bucket))
FROM latency GROUP BY run_key, minute, endpoint_key;

CREATE TABLE latency_of_all (
  run_key INTEGER NOT NULL,
  candidate TEXT NOT NULL,
  minute INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  PRIMARY KEY (run_key, candidate, minute)
) STRICT;

INSERT INTO latency_of_all (run_key, candidate, minute, histogram)
SELECT run_key, candidate, minute,
  unhex(group_concat(printf('%02x%04x%010x', series, bucket + 32768, count), '' ORDER BY series, bucket))
FROM (
  SELECT latency.run_key, candidate, minute, series, bucket, sum(count) AS count
  FROM latency JOIN endpoint ON endpoint.key = endpoint_key
  GROUP BY latency.run_key, candidate, minute, series, bucket)
GROUP BY run_key, candidate, minute;

CREATE TABLE latency_histogram_total (
  endpoint_key INTEGER PRIMARY KEY,
  histogram BLOB NOT NULL
) STRICT;

INSERT INTO latency_histogram_total (endpoint_key, histogram)
SELECT endpoint_key,
  unhex(group_concat(printf('%02x%04x%010x', series, bucket + 32768, count), '' ORDER BY series, bucket))
FROM latency_total GROUP BY endpoint_key;

DROP TABLE latency;
DROP TABLE latency_total;
ALTER TABLE latency_histogram RENAME TO latency;
ALTER TABLE latency_histogram_total RENAME TO latency_total;
