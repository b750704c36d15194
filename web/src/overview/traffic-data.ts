import type { Timeline } from "../../../src/model/views/timeline.ts";
import type { ChartData } from "../ui/chart/chart-model.ts";

/** The columns of the chart: periods without traffic stay gaps. */
export function trafficData({ bucketMs, buckets }: Timeline): ChartData {
  return {
    x: buckets.map(({ at }) => at),
    ends: buckets.map(({ at }) => at + bucketMs),
    series: [
      { label: "compared", color: "bar-plain", shape: "steps", values: buckets.map(({ compared }) => compared) },
      {
        label: "differ",
        color: "warn-bar",
        shape: "steps",
        line: "dashed",
        values: buckets.map(({ differed }) => differed),
      },
      { label: "count", color: "bad-bar", shape: "steps", values: buckets.map(({ counting }) => counting) },
    ],
  };
}

const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;

/** The length of a bucket: `1/8 s`, `2 s`, `8 min 32 s`. */
export function formatBucket(milliseconds: number): string {
  if (milliseconds < MS_PER_SECOND) return `1/${Math.round(MS_PER_SECOND / Math.max(1, milliseconds))} s`;
  const hours = Math.floor(milliseconds / MS_PER_HOUR);
  const minutes = Math.floor((milliseconds % MS_PER_HOUR) / MS_PER_MINUTE);
  const seconds = Math.floor((milliseconds % MS_PER_MINUTE) / MS_PER_SECOND);
  const parts = [
    ...(hours === 0 ? [] : [`${hours} h`]),
    ...(minutes === 0 ? [] : [`${minutes} min`]),
    ...(seconds === 0 ? [] : [`${seconds} s`]),
  ];
  return parts.join(" ");
}
