import { useMemo, type ReactElement } from "react";
import type { Explanation, ExplanationTime } from "../../../../src/model/explain/explanation.ts";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import { useTimeline } from "../../data/queries.ts";
import { useSelection } from "../../data/selection.ts";
import { formatBucket } from "../../overview/traffic-data.ts";
import { Chart } from "../../ui/chart/chart.tsx";
import type { ChartAxis, XAxis } from "../../ui/chart/chart-model.ts";
import { QueryState } from "../../ui/query-state.tsx";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { formatDateTime } from "../../ui/time.ts";
import { MarkForm } from "./mark-form.tsx";
import { MarkTable } from "./mark-table.tsx";
import { causeTimelineData, topWithNames } from "./timeline-data.ts";

const TIME: XAxis = { kind: "time", label: "Time of arrival" };

/** When a cause shows, with what happened then. */
export function WhenPanel({ explanation }: { readonly explanation: Explanation }): ReactElement {
  const { signature, endpoint, route, time } = explanation;
  const { run, candidate } = useSelection();
  const timeline = useTimeline({ run: run.id, candidate }, { endpoint, route, cause: signature });
  const { data } = timeline;
  const chart = useMemo(() => (data === undefined ? undefined : causeTimelineData(data, time)), [data, time]);
  const bucketMs = data?.bucketMs ?? 0;
  const y = useMemo(
    (): ChartAxis => ({
      label: `Exchanges per ${formatBucket(bucketMs)}`,
      format: formatCount,
      limits: [0, chart === undefined ? 1 : topWithNames(chart)],
    }),
    [bucketMs, chart],
  );
  return (
    <section className="panel" aria-labelledby="when-title" data-when>
      <h2 id="when-title">When it shows</h2>
      <TimeFacts time={time} />
      <QueryState query={timeline} what="the timeline">
        {() =>
          chart === undefined ? null : (
            <Chart
              label="Compared exchanges of the endpoint and those with this cause over time, with the events of the run"
              data={chart}
              x={TIME}
              y={y}
              height={190}
              empty="No time was recorded in this run: an earlier version made it, or nothing was compared yet."
            />
          )
        }
      </QueryState>
      <h3>Events</h3>
      <MarkTable marks={time.marks} changeMark={time.change?.mark?.id} />
      <MarkForm />
    </section>
  );
}

function TimeFacts({ time: { firstAt, change, sentence } }: { readonly time: ExplanationTime }): ReactElement {
  return (
    <>
      {sentence === null ? null : (
        <p data-time-sentence>
          <SafeText text={sentence} />
        </p>
      )}
      <p className="hint">
        {firstAt === null ? "When it first showed is not known. " : `First seen ${formatDateTime(firstAt)}. `}
        {change === null
          ? "Its share does not clearly change during the run."
          : `Its share changes at ${formatDateTime(change.at)}: ${formatCount(change.before.count)} of ${formatCount(
              change.before.compared,
            )} exchanges before, ${formatCount(change.after.count)} of ${formatCount(change.after.compared)} after.`}
      </p>
    </>
  );
}
