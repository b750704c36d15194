import type { ReactElement } from "react";
import type { Mark } from "../../../../src/model/explain/mark.ts";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import { formatDayTime, timeZoneName } from "../../ui/time.ts";
import { MARK_LOOKS } from "./timeline-data.ts";

/** Everything that happened in the run, with the numbers of the chart. @param changeMark the one that precedes the change */
export function MarkTable({
  marks,
  changeMark,
}: {
  readonly marks: readonly Mark[];
  readonly changeMark: string | undefined;
}): ReactElement {
  if (marks.length === 0) return <p className="hint">No deployment, reload or other event was marked in this run.</p>;
  return (
    <Scroll>
      <table className="marks">
        <caption className="visually-hidden">Events of this run, oldest first</caption>
        <thead>
          <tr>
            <th scope="col" className="number">
              No.
            </th>
            <th scope="col">Time ({timeZoneName()})</th>
            <th scope="col">Event</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {marks.map(({ id, at, kind, text, subset, by }, index) => (
            <tr key={id} data-mark={kind} className={id === changeMark ? "selected" : undefined}>
              <td className="number">{index + 1}</td>
              <td className="nowrap">{formatDayTime(at)}</td>
              <th scope="row" className="value">
                <span className="nowrap muted">
                  <span aria-hidden="true">{MARK_LOOKS[kind].glyph}</span> {kind}
                </span>{" "}
                <SafeText text={text} />
                {subset === null ? null : (
                  <span className="muted">
                    {" "}
                    (<SafeText text={subset} />)
                  </span>
                )}
                {id === changeMark ? <span className="muted">, just before the change</span> : null}
              </th>
              <td className="value">
                <SafeText text={by} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
