import type { ReactElement } from "react";
import type { AuditEntry } from "../../../src/model/review.ts";
import { formatDateTime } from "../ui/time.ts";

/** Who entered, removed and decided what. @param lines newest first */
export function AuditTable({ lines }: { readonly lines: readonly AuditEntry[] }): ReactElement {
  if (lines.length === 0) return <p className="hint">Nothing was entered or decided yet.</p>;
  return (
    <div className="scroll">
      <table>
        <caption className="hidden">Changes, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ at, by, what }, index) => (
            // Lines have no identity; counted from the oldest, each keeps its place.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={lines.length - index} data-audit>
              <td className="nowrap">{formatDateTime(at)}</td>
              <td className="soft">{by}</td>
              <td className="value">{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
