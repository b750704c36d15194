import { stratumOf } from "../../compare/attributes/stratum.ts";
import { memoizePerObject } from "../../lib/memoize.ts";
import type { DifferingField } from "../../model/difference.ts";
import { OTHER_STRATA, type AttributeStratum } from "../../model/explain/attribute.ts";
import type { Mark } from "../../model/explain/mark.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow, PerEndpoint, StoreReader, TimeBlock } from "../../store/store.ts";
import { fieldCollapse } from "../collapse-maps.ts";
import { indexStrata, type StrataIndex, type WeighedStratum } from "../explain/strata-index.ts";

/** What the causes of one endpoint are explained with. */
export interface EndpointEvidence {
  readonly route: string;
  readonly endpoint: string;
  readonly index: StrataIndex;
  /** Of the run, with the fields as they are stored. */
  readonly rows: readonly OutcomeRow[];
  readonly blocks: readonly TimeBlock[];
  /** Of the run. */
  readonly marks: readonly Mark[];
  /** Gives fields the names that they have in a report. */
  readonly collapse: (fields: readonly DifferingField[]) => readonly DifferingField[];
}

export interface EndpointName {
  readonly route: string;
  readonly endpoint: string;
}

/** Where kept exchanges are read from. */
export interface EvidenceSource {
  /** On a snapshot, so that counts and kept exchanges belong together. */
  readonly reader: Pick<StoreReader, "outcomes" | "blocks" | "attributes" | "marks">;
  readonly runId: string;
  readonly candidate: string;
}

/** Reads what the causes of endpoints are explained with, one endpoint at a time, because kept exchanges take memory. */
export async function createEvidenceReader({
  reader,
  runId,
  candidate,
}: EvidenceSource): Promise<(name: EndpointName) => Promise<EndpointEvidence | undefined>> {
  const rowsOf = byEndpoint(await reader.outcomes(runId, candidate));
  const blocksOf = byEndpoint(await reader.blocks(runId, candidate));
  const marks = await reader.marks(runId);
  /** @returns undefined if no exchange of the endpoint is kept */
  return async ({ route, endpoint }) => {
    const rows = rowsOf.get(endpointKey({ route, endpoint }));
    const [kept] = await reader.attributes(runId, candidate, { route, endpoint });
    if (rows === undefined || kept === undefined || kept.rows.length === 0) return undefined;
    return {
      route,
      endpoint,
      index: indexStrata(weighStrata(kept.rows, rows)),
      rows,
      blocks: blocksOf.get(endpointKey({ route, endpoint })) ?? [],
      marks,
      collapse: fieldCollapse(rows),
    };
  };
}

function byEndpoint<Rows>(all: readonly PerEndpoint<Rows>[]): ReadonlyMap<string, Rows> {
  return new Map(all.map((each) => [endpointKey(each), each.rows]));
}

/** Adds to each stratum how many exchanges of the run it stands for. */
function weighStrata(strata: readonly AttributeStratum[], rows: readonly OutcomeRow[]): readonly WeighedStratum[] {
  const { totals, compared } = totalsOf(rows);
  const named = strata.filter(({ stratum }) => stratum !== OTHER_STRATA);
  const others = compared - named.reduce((sum, { stratum }) => sum + (totals.get(stratum) ?? 0), 0);
  return strata.map((each) => {
    const total = each.stratum === OTHER_STRATA ? others : (totals.get(each.stratum) ?? 0);
    // Exchanges whose set of fields is beyond the cap of sets have no total.
    return { ...each, total: Math.max(total, each.records.length) };
  });
}

const totalsOf = memoizePerObject((rows: readonly OutcomeRow[]) => {
  const totals = new Map<string, number>();
  let compared = 0;
  for (const { fields, beyondCap, overflow, count } of rows) {
    compared += count;
    if (beyondCap && overflow) continue;
    const stratum = stratumOf(fields);
    totals.set(stratum, (totals.get(stratum) ?? 0) + count);
  }
  return { totals, compared };
});
