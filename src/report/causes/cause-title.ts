import { RELATION_WORDS, type DifferenceKind } from "../../model/difference.ts";
import type { CauseField } from "../../model/review.ts";
import { fieldListText } from "../render/report-wording.ts";

/** Groups of fields that a title names. */
const MAX_PARTS = 3;

const KIND_TEXT: Readonly<Record<DifferenceKind, string>> = {
  status: "another status",
  header: "another value",
  missing: "missing",
  extra: "added",
  type: "another type",
  value: "another value",
  order: "another order",
  encoding: "another encoding",
  parse: "cannot be read",
  truncated: "differs beyond what is kept",
  transport: "no complete answer",
};

/** How the two values of a difference are related, or else what is different, in words: `the same number as a string`. */
function explanationText({ kind, relation }: Pick<CauseField, "kind" | "relation">): string {
  return relation === null ? KIND_TEXT[kind] : RELATION_WORDS[relation];
}

/** A cause for a person: `body $.price, $.total (the same number as a string); header etag (another value)`. */
export function causeTitle(fields: readonly CauseField[]): string {
  const parts = [...Map.groupBy(fields, (field) => `${field.section} ${explanationText(field)}`).values()].map(
    ([first, ...others]) => {
      if (first === undefined) return "";
      const names = fieldListText([first, ...others]).replaceAll(`, ${first.section} `, ", ");
      const saysItself = first.section === "status" || first.section === "transport";
      return saysItself && first.relation === null ? explanationText(first) : `${names} (${explanationText(first)})`;
    },
  );
  const rest = parts.length - MAX_PARTS;
  return parts.slice(0, MAX_PARTS).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
