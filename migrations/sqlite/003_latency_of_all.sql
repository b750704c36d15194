-- Latencies of all endpoints together, by minute: a screen of a long run reads these and not the rows of every endpoint.

CREATE TABLE latency_of_all (
  run_key INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  candidate TEXT NOT NULL,
  series INTEGER NOT NULL,            -- as in latency
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (run_key, minute, candidate, series, bucket)
) STRICT, WITHOUT ROWID;

INSERT INTO latency_of_all (run_key, minute, candidate, series, bucket, count)
SELECT latency.run_key, minute, candidate, series, bucket, sum(count)
FROM latency JOIN endpoint ON endpoint.key = endpoint_key
GROUP BY latency.run_key, minute, candidate, series, bucket;
