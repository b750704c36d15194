import type { EndpointRow } from "../../packing/decoded-rows-cache.ts";
import type { ChangedAttributes, StoredRecord, StratumVersion } from "../../reading/attribute-cache.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { decodeText } from "../text-encoding.ts";
import { selectRows } from "./select-rows.ts";

interface StrataOf {
  readonly runKey: number;
  readonly endpoints: readonly Pick<EndpointRow, "key">[];
}

/** The strata of endpoints whose attributes are kept. */
export async function selectStrata(
  session: PostgresSession,
  { runKey, endpoints }: StrataOf,
): Promise<readonly StratumVersion[]> {
  const rows = await selectRows<StratumVersion>(
    session,
    `SELECT endpoint_key AS "endpointKey", number, stratum, below, version FROM attribute_stratum
     WHERE run_key = $1 AND endpoint_key = ANY ($2::int[])`,
    [runKey, endpoints.map(({ key }) => key)],
  );
  return rows.map((row) => ({ ...row, stratum: decodeText(row.stratum) }));
}

interface RecordsOf {
  readonly runKey: number;
  readonly changed: readonly StratumVersion[];
}

/** The records of strata, and the templates of their endpoints. */
export async function selectChangedAttributes(
  session: PostgresSession,
  { runKey, changed }: RecordsOf,
): Promise<ChangedAttributes> {
  if (changed.length === 0) return { records: [], templates: [] };
  const keys = changed.map(({ endpointKey }) => endpointKey);
  const records = await selectRows<StoredRecord>(
    session,
    `SELECT own.endpoint_key AS "endpointKey", own.stratum, draw, id, at, content
     FROM unnest($2::int[], $3::int[]) AS wanted (endpoint_key, number) JOIN attribute_record AS own
       ON own.run_key = $1 AND own.endpoint_key = wanted.endpoint_key AND own.stratum = wanted.number
     ORDER BY own.endpoint_key, own.stratum, draw, id`,
    [runKey, keys, changed.map(({ number }) => number)],
  );
  const templates = await selectRows<ChangedAttributes["templates"][number]>(
    session,
    `SELECT endpoint_key AS "endpointKey", content FROM attribute_template
     WHERE run_key = $1 AND endpoint_key = ANY ($2::int[]) ORDER BY endpoint_key, number`,
    [runKey, [...new Set(keys)]],
  );
  return { records: records.map((row) => ({ ...row, id: decodeText(row.id) })), templates };
}
