import type { ReactElement } from "react";
import type { Difference, DifferingField } from "../../../src/model/difference.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { bySection } from "../../../src/presentation/order/cause-order.ts";
import { formatField, kindWords, relationWords } from "../../../src/presentation/words/difference-words.ts";

const MARKS: Record<DifferingField["mark"], string> = {
  raw: "candidate only",
  both: "candidate and secondary",
  noise: "secondary only",
};

function markOf(fields: readonly DifferingField[], { section, path, kind }: Difference): DifferingField["mark"] {
  return fields.find((field) => field.section === section && field.path === path && field.kind === kind)?.mark ?? "raw";
}

function Value({ text }: { readonly text: string | null }): ReactElement {
  return text === null ? <span className="muted">absent</span> : <code>{text}</code>;
}

/** The differences that the comparison found and counted in this exchange: status before body before headers. */
export function DifferenceList({ sample }: { readonly sample: SampleDetail }): ReactElement {
  return (
    <section className="panel" aria-labelledby="differences-title">
      <h2 id="differences-title">Counted differences</h2>
      {sample.differences.length === 0 ? (
        <p className="hint">The candidate does not differ from the primary.</p>
      ) : (
        <div className="scroll scroll-low">
          <table>
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
                    <code>{formatField(difference)}</code>
                  </th>

                  <td>{kindWords(difference.kind)}</td>
                  <td className="value">
                    <Value text={difference.primary} />
                  </td>
                  <td className="value">
                    <Value text={difference.candidate} />
                  </td>
                  <td>{relationWords(difference.relation)}</td>
                  <td className="muted nowrap">{MARKS[markOf(sample.fields, difference)]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
