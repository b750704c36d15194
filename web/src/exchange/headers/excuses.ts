import type { Difference } from "../../../../src/model/difference.ts";
import type { Findings } from "../use-findings.ts";
import { isAbout, type HeaderRow } from "../../../../src/presentation/headers/header-rows.ts";

/** Fields that are never compared: of the connection, of the moment, and those that follow from the body. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Why a header field does not count; empty if it is equal or counts. */
export function headerExcuse(row: HeaderRow, differences: readonly Difference[], findings: Findings): string {
  if (row.mark === "same") return "";
  if (row.mark === "ignored")
    return NOT_COMPARED.has(row.name) ? "never compared" : "same meaning, or allowed by a rule";
  const excuses = differences
    .filter(({ path }) => isAbout(path, row.name))
    .map((difference) => findings(difference)?.excuse);
  const [first] = excuses;
  return first !== undefined && excuses.every((each) => each === first) ? first : "";
}
