import type { Database } from "better-sqlite3";
import type { TimedExchange } from "../../../model/latency.ts";
import type { TimedExchangeFilter } from "../../store.ts";

type Row = Omit<TimedExchange, "differs"> & { readonly differs: number };

interface Query extends Omit<TimedExchangeFilter, "endpoint"> {
  readonly runId: string;
  readonly candidate: string;
  /** JSON array of the keys of endpoints; null for all. */
  readonly keys: string | null;
}

const LATENCY = (role: string): string =>
  `(SELECT ms FROM sample_leg WHERE sample_key = sample.key AND role = '${role}')`;
const OF_ENDPOINTS = `endpoint_key IN (
  SELECT key FROM endpoint WHERE run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate
    AND (@keys IS NULL OR key IN (SELECT value FROM json_each(@keys))))
  AND at >= coalesce(@from, at) AND at <= coalesce(@to, at)`;

/**
 * Prepares the query for kept exchanges within ranges of latency and arrival, slowest first: samples, and the slowest exchanges
 * that are no samples.
 */
export function createTimedExchangeQuery(db: Database): (query: Query) => readonly TimedExchange[] {
  const statement = db.prepare<[Query], Row>(
    `WITH kept AS (
       SELECT id, endpoint_key, at, method, target, primary_status, candidate_status,
         ${LATENCY("primary")} AS primaryMs, ${LATENCY("candidate")} AS candidateMs, ${LATENCY("secondary")} AS secondaryMs,
         1 AS differs
       FROM sample WHERE ${OF_ENDPOINTS}
       UNION ALL
       SELECT NULL, endpoint_key, at, method, target, primary_status, candidate_status,
         primary_ms, candidate_ms, secondary_ms, sample_id IS NOT NULL
       FROM slow_exchange WHERE ${OF_ENDPOINTS} AND NOT EXISTS (
         SELECT 1 FROM sample WHERE sample.endpoint_key = slow_exchange.endpoint_key AND sample.id = sample_id)
     ), timed AS (
       SELECT *, CASE @role WHEN 'primary' THEN primaryMs WHEN 'candidate' THEN candidateMs ELSE secondaryMs END AS ms FROM kept
     )
     SELECT id, at, route, name AS endpoint, method, target, primary_status AS primaryStatus,
       candidate_status AS candidateStatus, primaryMs, candidateMs, secondaryMs, differs
     FROM timed JOIN endpoint ON endpoint.key = endpoint_key
     WHERE (@minMs IS NULL OR ms >= @minMs) AND (@maxMs IS NULL OR ms <= @maxMs)
     ORDER BY ms DESC NULLS FIRST, at DESC LIMIT @limit`,
  );
  return (query) => statement.all(query).map((row) => ({ ...row, differs: row.differs === 1 }));
}
