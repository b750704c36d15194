import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Difference, DifferingField } from "../../../src/model/difference.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { bySection } from "../../../src/presentation/order/cause-order.ts";
import { formatField, kindWords, relationWords } from "../../../src/presentation/words/difference-words.ts";
import { ChangedValues } from "./changed-values.tsx";

const MARKS: Record<DifferingField["mark"], string> = {
  raw: "candidate only",
  both: "candidate and secondary",
  noise: "secondary only",
};

function markOf(fields: readonly DifferingField[], { section, path, kind }: Difference): DifferingField["mark"] {
  return fields.find((field) => field.section === section && field.path === path && field.kind === kind)?.mark ?? "raw";
}

/** The place on this page that shows a difference; undefined for the status, which is above all else. */
function placeOf({ section, path, pointer }: Difference): string | undefined {
  if (section === "body") return pointer;
  return section === "header" || section === "trailer" ? `${section} ${path}` : undefined;
}

/** The differences that the comparison found and counted in this exchange: status before body before headers. */
export function DifferenceList({ sample }: { readonly sample: SampleDetail }): ReactElement {
  if (sample.differences.length === 0) {
    return <p className="hint">The candidate does not differ from the primary.</p>;
  }
  return (
    <div className="scroll scroll-low">
      <table className="difference-list">
        <caption className="visually-hidden">Differences of this exchange</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Kind</th>
            <th scope="col">Primary</th>
            <th scope="col">Candidate</th>
            <th scope="col">Explanation</th>
            <th scope="col">Seen in</th>
          </tr>
        </thead>
        <tbody>
          {sample.differences.toSorted(bySection).map((difference, index) => (
            // A difference has no id, and the list of a stored exchange never changes.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={index}>
              <th scope="row">
                <FieldLink difference={difference} />
              </th>
              <td>{kindWords(difference.kind)}</td>
              <ChangedValues {...difference} />
              <td>{relationWords(difference.relation)}</td>
              <td className="muted nowrap">{MARKS[markOf(sample.fields, difference)]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FieldLink({ difference }: { readonly difference: Difference }): ReactElement {
  const at = placeOf(difference);
  const field = formatField(difference);
  if (at === undefined) return <code>{field}</code>;
  return (
    <Link
      from="/sample/$id"
      to="."
      params
      search={(last) => ({ ...last, against: undefined, at: at === "" ? undefined : at })}
      {...(difference.section === "body" ? { hash: "body" } : {})}
      className="mono-link"
      resetScroll={false}
      replace
    >
      {field}
    </Link>
  );
}
