import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { RunSummary } from "../../../src/model/views/run-summary.ts";
import { formatCount, formatShare } from "../../../src/presentation/words/number-format.ts";
import { useRunSummary } from "../data/queries.ts";
import { LabelList } from "../ui/label-list.tsx";
import { runTitle } from "../ui/run-title.ts";
import { formatAge, formatDayTime } from "../ui/time.ts";
import { RunVerdicts } from "./run-verdicts.tsx";

interface Props {
  readonly run: Run;
  readonly isCurrent: boolean;
  readonly isEnding: boolean;
  readonly onEnd: () => void;
}

/** A run with its verdict; the counts are those of its first candidate. */
export function RunRow({ run, isCurrent, isEnding, onEnd }: Props): ReactElement {
  const { id, labels, startedAt, endedAt, primary, candidates } = run;
  const { data } = useRunSummary(run, candidates[0] ?? "");
  return (
    <tr data-row data-run={id}>
      <th scope="row">
        <Link to="/" search={{ run: id, candidate: undefined }} className="strong">
          {runTitle(run)}
        </Link>
        <LabelList labels={labels} />
      </th>
      <td>
        <RunVerdicts run={run} />
      </td>
      <Count data={data}>{({ failing, endpoints }) => `${formatCount(failing)} of ${formatCount(endpoints)}`}</Count>
      <Count data={data}>{({ compared }) => formatCount(compared)}</Count>
      <Count data={data}>{({ differed, compared }) => (compared === 0 ? "–" : formatShare(differed / compared))}</Count>
      <td className="nowrap">{formatDayTime(startedAt)}</td>
      <td className="nowrap">{isCurrent ? "running" : endedAt === null ? "–" : formatAge(endedAt - startedAt)}</td>
      <td>
        {primary} → {candidates.join(", ")}
      </td>
      <td>
        {isCurrent ? (
          <button type="button" disabled={isEnding} onClick={onEnd}>
            {isEnding ? "Ending…" : "End run"}
          </button>
        ) : null}
      </td>
    </tr>
  );
}

function Count({
  data,
  children,
}: {
  readonly data: RunSummary | undefined;
  readonly children: (data: RunSummary) => ReactNode;
}): ReactElement {
  return <td className="number">{data === undefined ? <span className="muted">…</span> : children(data)}</td>;
}
