import type { ReactElement } from "react";
import type { ControlChange } from "../../../src/model/control.ts";
import { formatDateTime } from "../ui/time.ts";
import { Scroll } from "../ui/scroll.tsx";

interface Props {
  readonly changes: readonly ControlChange[];
  /** Whether they are those of all replicas of the store. */
  readonly isShared: boolean;
}

/** Changes since the process started, or those of all replicas, newest first. */
export function ChangeList({ changes, isShared }: Props): ReactElement {
  const since = isShared ? "on any replica" : "since startup";
  if (changes.length === 0) return <p className="muted">No changes {since}.</p>;
  return (
    <Scroll>
      <table>
        <caption className="visually-hidden">Changes {since}, newest first</caption>
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
          {changes.map(({ at, what, before, after, by, replica }, index) => (
            // A change has no id; counted from the oldest, its index is stable.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={changes.length - index} data-change>
              <td>{formatDateTime(at)}</td>
              <th scope="row">{what}</th>
              <td>{before}</td>
              <td>{after}</td>
              <td className="muted">{replica === undefined ? by : `${by} on ${replica}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
