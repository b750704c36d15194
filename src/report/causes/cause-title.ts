import type { CauseField } from "../../model/review.ts";
import { differenceWords, formatFieldList } from "../../presentation/difference-words.ts";

/** Groups of fields that a title names. */
const MAX_PARTS = 3;

/** A cause for a person: `body $.price, $.total (the same number as a string); header etag (another value)`. */
export function causeTitle(fields: readonly CauseField[]): string {
  const parts = [...Map.groupBy(fields, (field) => `${field.section} ${differenceWords(field)}`).values()].map(
    ([first, ...others]) => {
      if (first === undefined) return "";
      const names = formatFieldList([first, ...others]).replaceAll(`, ${first.section} `, ", ");
      const saysItself = first.section === "status" || first.section === "transport";
      return saysItself && first.relation === null ? differenceWords(first) : `${names} (${differenceWords(first)})`;
    },
  );
  const rest = parts.length - MAX_PARTS;
  return parts.slice(0, MAX_PARTS).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
