import { useMemo, type ReactElement } from "react";
import { formatCount } from "../../../src/presentation/words/number-format.ts";
import { useTimeline } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { Chart } from "../ui/chart/chart.tsx";
import type { ChartAxis, XAxis } from "../ui/chart/chart-model.ts";
import { QueryState } from "../ui/query-state.tsx";
import { formatBucket, trafficData } from "./traffic-data.ts";

const TIME: XAxis = { kind: "time", label: "Time of arrival" };

/** How many exchanges were compared and how many of them differ, over the time of the run. */
export function TrafficChart(): ReactElement {
  const { run, candidate } = useSelection();
  const timeline = useTimeline({ run: run.id, candidate });
  const { data } = timeline;
  const chart = useMemo(() => (data === undefined ? undefined : trafficData(data)), [data]);
  const bucketMs = data?.bucketMs ?? 0;
  const y = useMemo(
    (): ChartAxis => ({ label: `Exchanges per ${formatBucket(bucketMs)}`, format: formatCount }),
    [bucketMs],
  );
  return (
    <section className="panel" aria-labelledby="traffic-title" data-traffic>
      <h2 id="traffic-title">Traffic and mismatch over time</h2>
      <QueryState query={timeline} what="the traffic">
        {() =>
          chart === undefined ? null : (
            <Chart
              label="Compared exchanges, those that differ and those that count, over time"
              data={chart}
              x={TIME}
              y={y}
              height={170}
              empty="No time was recorded in this run: an earlier version made it, or nothing was compared yet."
            />
          )
        }
      </QueryState>
    </section>
  );
}
