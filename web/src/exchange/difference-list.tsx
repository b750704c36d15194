import type { ReactElement } from "react";
import type { Difference, DifferingField } from "../../../src/model/difference.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { relationWords } from "../../../src/presentation/difference-words.ts";

const MARKS: Record<DifferingField["mark"], string> = {
  raw: "candidate only",
  both: "candidate and secondary",
  noise: "secondary only",
};

function markOf(fields: readonly DifferingField[], { section, path, kind }: Difference): DifferingField["mark"] {
  return fields.find((one) => one.section === section && one.path === path && one.kind === kind)?.mark ?? "raw";
}

function Value({ text }: { readonly text: string | null }): ReactElement {
  return text === null ? <span className="soft">nothing</span> : <code>{text}</code>;
}

/** What the comparison found in this exchange; this is what was counted. */
export function DifferenceList({ sample }: { readonly sample: SampleDetail }): ReactElement {
  return (
    <section className="panel" aria-labelledby="differences-title">
      <h2 id="differences-title">Differences that were counted</h2>
      {sample.differences.length === 0 ? (
        <p className="hint">None between primary and candidate.</p>
      ) : (
        <div className="scroll scroll-low">
          <table>
            <caption className="hidden">Differences of this exchange</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Section</th>
                <th scope="col">Kind</th>
                <th scope="col">Primary</th>
                <th scope="col">Candidate</th>
                <th scope="col">What explains it</th>
                <th scope="col">Seen in</th>
              </tr>
            </thead>
            <tbody>
              {sample.differences.map((one, index) => (
                // A difference has no identity of its own, and the list of a stored exchange never changes.
                // oxlint-disable-next-line react/no-array-index-key
                <tr key={index}>
                  <th scope="row">
                    <code>{one.section === "status" || one.section === "transport" ? one.section : one.path}</code>
                  </th>
                  <td>{one.section}</td>
                  <td>{one.kind}</td>
                  <td className="value">
                    <Value text={one.primary} />
                  </td>
                  <td className="value">
                    <Value text={one.candidate} />
                  </td>
                  <td>{relationWords(one.relation)}</td>
                  <td className="soft nowrap">{MARKS[markOf(sample.fields, one)]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
