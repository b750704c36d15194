import type { FeatureCount } from "../../../model/difference.ts";
import type { BlockRow, ChangedRows, FeatureColumns, RecentRow, SetColumns } from "../../reading/block-cache.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { decodeText } from "../text-encoding.ts";
import { selectColumns, selectRows } from "./select-rows.ts";

interface Changes {
  readonly runKey: number;
  /** The keys of endpoints whose blocks have changed. */
  readonly changed: readonly number[];
  /** Blocks with a later version have changed. */
  readonly since: number;
}

type OldColumns = [endpointKey: number, first: number, level: number, version: number, counts: Uint8Array | null];

/** Reads the blocks that have changed since a version, and what they count. */
export async function readChangedBlocks(
  session: PostgresSession,
  { runKey, changed, since }: Changes,
): Promise<ChangedRows> {
  const ofChanged = "WHERE run_key = $1 AND endpoint_key = ANY ($2::int[])";
  const own = [runKey, changed];
  const old: BlockRow[] = [];
  const counts = new Map<number, Uint8Array>();
  const blocks = await selectColumns<OldColumns>(
    session,
    `SELECT endpoint_key, first_slot, level, version, CASE WHEN version > $3 THEN counts END FROM block ${ofChanged}`,
    [...own, since],
  );
  for (const [key, [endpointKey, first, level, version, packed]] of blocks.entries()) {
    old.push({ key, endpointKey, first, level, version });
    if (packed !== null) counts.set(key, packed);
  }
  const recent = await selectRows<RecentRow>(
    session,
    `SELECT endpoint_key AS "endpointKey", blocks FROM recent_blocks ${ofChanged}`,
    own,
  );
  const sets = await selectColumns<[...SetColumns]>(
    session,
    `SELECT endpoint_key, key, paired::int, overflow::int, beyond_cap::int, fields FROM outcome_set ${ofChanged}`,
    own,
  );
  const features = await selectColumns<[...FeatureColumns]>(
    session,
    `SELECT endpoint_key, key, section, path, feature FROM feature ${ofChanged}`,
    own,
  );
  return {
    old,
    counts,
    recent,
    sets,
    features: features.map(([endpointKey, key, section, path, feature]) => {
      return [endpointKey, key, decodeText(section) as FeatureCount["section"], decodeText(path), decodeText(feature)];
    }),
  };
}
