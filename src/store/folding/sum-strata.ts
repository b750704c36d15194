import type { AttributeRecord, AttributeStratum } from "../../model/explain/attribute.ts";
import { BoundedStrata } from "../counting/bounded-strata.ts";

/** Joins the samples of several endpoints: of each stratum what all of them have kept, within the limits of one endpoint. */
export function sumStrata(
  parts: readonly (readonly AttributeStratum[])[],
  endpoint: string,
): readonly AttributeStratum[] {
  const strata = new BoundedStrata<AttributeRecord>();
  for (const { stratum, limit, records } of parts.flat()) strata.add({ name: stratum, limit, members: records });
  return strata.all().map(({ name, limit, members }) => ({
    stratum: name,
    limit,
    records: members.map((record) => ({ ...record, endpoint, limit })),
  }));
}
