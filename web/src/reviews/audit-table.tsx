import type { ReactElement } from "react";
import type { AuditEntry } from "../../../src/model/review.ts";
import { formatDateTime } from "../ui/time.ts";
import { Scroll } from "../ui/scroll.tsx";

/** Changes of rules and reviews. @param lines newest first */
export function AuditTable({ lines }: { readonly lines: readonly AuditEntry[] }): ReactElement {
  if (lines.length === 0) return <p className="hint">No changes yet.</p>;
  return (
    <Scroll>
      <table>
        <caption className="visually-hidden">Changes, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">By</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ at, by, what }, index) => (
            // A line has no id; counted from the oldest, its index is stable.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={lines.length - index} data-audit>
              <td className="nowrap">{formatDateTime(at)}</td>
              <td className="muted">{by}</td>
              <td className="value">{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
