import type { ReactElement } from "react";
import type { Placebo } from "../../../src/model/report.ts";
import { formatCount, plural } from "../ui/numbers.ts";

/** What the same method finds where there is nothing to find. */
export function PlaceboLine({ placebo }: { readonly placebo: Placebo | null }): ReactElement {
  if (placebo === null) {
    return <p className="hint">Without a secondary the method cannot be tried on a version that did not change.</p>;
  }
  return (
    <p className="hint" data-placebo>
      The secondary, judged as if it were the candidate: <b>{placebo.verdict}</b>, {formatCount(placebo.falselyReal)} of{" "}
      {plural(placebo.fields, "field")} falsely real.
    </p>
  );
}
