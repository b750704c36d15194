import { AttributeUnpacker } from "../../../../src/store/packing/attribute-records.ts";
import { unpackBlock } from "../../../../src/store/packing/block-counts.ts";
import { unpackRecentBlocks } from "../../../../src/store/packing/recent-blocks.ts";

type Row = Record<string, unknown>;
/** Runs a statement that both engines understand. */
export type Query = (sql: string) => Promise<readonly Row[]> | readonly Row[];

const ENDPOINT = "endpoint.candidate, endpoint.route, endpoint.name";
const OF_SET = "JOIN outcome_set ON outcome_set.key = set_key JOIN endpoint ON endpoint.key = endpoint_key";
const SET = "outcome_set.paired, outcome_set.overflow, outcome_set.beyond_cap, outcome_set.fields";
const OF_ENDPOINT = "JOIN endpoint ON endpoint.key = endpoint_key";

/** Everything that a database with one run has counted, without the keys, which depend on the order of arrival. */
export async function storedCounts(query: Query) {
  const sorted = async (sql: string): Promise<string[]> => (await query(sql)).map(textOf).toSorted();
  return {
    totals: await sorted(
      `SELECT ${ENDPOINT}, ${SET}, count,
         (SELECT counts FROM parameter_counts WHERE parameter_counts.set_key = outcome_set.key) AS counts FROM tally_total ${OF_SET}`,
    ),
    tallies: await sorted(`SELECT ${ENDPOINT}, ${SET}, minute, count FROM tally ${OF_SET}`),
    latencies: await sorted(`SELECT ${ENDPOINT}, minute, histogram FROM latency ${OF_ENDPOINT}`),
    latenciesOfAll: await sorted("SELECT candidate, minute, histogram FROM latency_of_all"),
    accounting: await sorted(
      `SELECT minute, candidate, fate, CASE WHEN fate IN ('inFlight', 'interrupted') THEN '' ELSE reason END AS why,
         sum(count) AS count FROM accounting GROUP BY minute, candidate, fate, why HAVING sum(count) <> 0`,
    ),
    relations: await sorted(`SELECT ${ENDPOINT}, section, path, kind, relation, count FROM relation ${OF_ENDPOINT}`),
    failures: await sorted(`SELECT ${ENDPOINT}, role, kind, reason, address, count FROM failure ${OF_ENDPOINT}`),
    statuses: await sorted(
      `SELECT ${ENDPOINT}, role, primary_status, other_status, count FROM status_pair ${OF_ENDPOINT}`,
    ),
    ruleHits: await sorted(`SELECT ${ENDPOINT}, rule, count FROM rule_hit ${OF_ENDPOINT}`),
    templates: await sorted("SELECT route, method, parent, parameter, literals FROM learned_template"),
    blocks: await storedBlocks(query),
    samples: await storedSamples(query),
    attributes: await storedAttributes(query),
    slow: await sorted(
      `SELECT ${ENDPOINT}, step, at, method, target, primary_status, candidate_status, primary_ms, candidate_ms, secondary_ms,
         sample_id FROM slow_exchange ${OF_ENDPOINT}`,
    ),
  };
}

/** Strata and what they keep. Which records are templates depends on the order of arrival. */
async function storedAttributes(query: Query): Promise<string[]> {
  const strata = await query(
    `SELECT ${ENDPOINT}, endpoint_key, number, stratum, below FROM attribute_stratum ${OF_ENDPOINT}`,
  );
  const templates = await query("SELECT endpoint_key, content FROM attribute_template ORDER BY number");
  const records = await query("SELECT endpoint_key, stratum, draw, id, at, content FROM attribute_record");
  return strata
    .map(({ endpoint_key: key, number, ...stratum }) => {
      const own = templates.filter(({ endpoint_key: of }) => of === key).map(({ content }) => String(content));
      const unpacker = new AttributeUnpacker(own);
      const kept = records
        .filter((record) => record["endpoint_key"] === key && record["stratum"] === number)
        .map(({ draw, id, at, content }) => textOf({ draw, id, at, content: unpacker.unpack(String(content)) }));
      return textOf({ ...stratum, kept: kept.toSorted() });
    })
    .toSorted();
}

async function storedSamples(query: Query): Promise<string[]> {
  const samples = await query(
    `SELECT sample.key, ${ENDPOINT}, id, at, method, target, headers, fields, differences, primary_status, candidate_status, size, draw
     FROM sample ${OF_ENDPOINT}`,
  );
  const legs = await query("SELECT sample_key, role, head, content FROM sample_leg");
  const fields = await query("SELECT sample_key, section, path, kind, raw, slots FROM sample_field");
  return samples
    .map(({ key, ...sample }) => {
      const own = [...legs, ...fields].filter(({ sample_key: of }) => of === key);
      return textOf({ ...sample, own: own.map((row) => textOf({ ...row, sample_key: 0 })).toSorted() });
    })
    .toSorted();
}

/** The extents and counts of all blocks; sets and features by name. */
async function storedBlocks(query: Query): Promise<string[]> {
  const sets = new Map((await query("SELECT key, fields FROM outcome_set")).map(({ key, fields }) => [key, fields]));
  const rows = await query("SELECT key, section, path, feature FROM feature");
  const features = new Map(rows.map(({ key, ...feature }) => [key, textOf(feature)]));
  const old = await query(`SELECT ${ENDPOINT}, first_slot AS first, level, counts FROM block ${OF_ENDPOINT}`);
  const recent = await query(`SELECT ${ENDPOINT}, blocks FROM recent_blocks ${OF_ENDPOINT}`);
  const all = [
    ...old,
    ...recent.flatMap(({ blocks, ...endpoint }) =>
      unpackRecentBlocks(blocks as Uint8Array).map(({ first, level, counts }) => ({
        ...endpoint,
        first,
        level,
        counts,
      })),
    ),
  ];
  const nameOf = (kind: number, id: number): unknown => {
    if (kind === 6) return sets.get(id);
    if (kind === 12) return [sets.get(Math.floor(id / 16)), id % 16];
    return kind === 9 || kind === 10 ? features.get(id) : id;
  };
  return all
    .map(({ counts, ...block }) => {
      const entries = unpackBlock(counts as Uint8Array).map((kind, number) =>
        kind?.ids.map((id, at) => JSON.stringify([nameOf(number, id), kind.counts[at]])).toSorted(),
      );
      return textOf({ ...block, entries });
    })
    .toSorted();
}

function textOf(row: Row): string {
  return JSON.stringify(Object.values(row), (_, value: unknown) => {
    if (typeof value === "boolean") return Number(value);
    const bytes = value as { type?: string; data?: number[] } | null;
    return bytes?.type === "Buffer" ? Buffer.from(bytes.data ?? []).toString("hex") : value;
  });
}
