import type { ReactElement } from "react";
import type { ControlChange } from "../../../src/model/control.ts";
import { formatDateTime } from "../ui/time.ts";
import { Scroll } from "../ui/scroll.tsx";

/** Changes since the process started, newest first. */
export function ChangeList({ changes }: { readonly changes: readonly ControlChange[] }): ReactElement {
  if (changes.length === 0) return <p className="muted">No changes since startup.</p>;
  return (
    <Scroll>
      <table>
        <caption className="visually-hidden">Changes since startup, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Setting</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ at, what, before, after, by }, index) => (
            // A change has no id; counted from the oldest, its index is stable.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={changes.length - index} data-change>
              <td>{formatDateTime(at)}</td>
              <th scope="row">{what}</th>
              <td>{before}</td>
              <td>{after}</td>
              <td className="muted">{by}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
