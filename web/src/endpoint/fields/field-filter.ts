import type { FieldReport } from "../../../../src/model/report.ts";
import { formatField } from "../../../../src/presentation/words/difference-words.ts";
import type { EndpointSearch } from "../../search-params.ts";

/** The fields that the search in the URL selects: by cause, verdict and text. */
export function filteredFields(
  fields: readonly FieldReport[],
  { cause, show, find }: Pick<EndpointSearch, "cause" | "show" | "find">,
): readonly FieldReport[] {
  const words = (find ?? "").toLowerCase().split(/\s+/);
  return fields.filter(
    (field) =>
      (cause === undefined || field.cause === cause) &&
      (show === undefined || field.verdict === show) &&
      words.every((word) => formatField(field).toLowerCase().includes(word)),
  );
}
