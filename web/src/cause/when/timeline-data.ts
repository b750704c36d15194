import type { ExplanationTime } from "../../../../src/model/explain/explanation.ts";
import type { Mark, MarkKind } from "../../../../src/model/explain/mark.ts";
import type { Timeline } from "../../../../src/model/views/timeline.ts";
import type { ChartData, ChartMark } from "../../ui/chart/chart-model.ts";

/** Each kind of mark has a glyph, a word and a color, so that no reader depends on the color. */
export const MARK_LOOKS = {
  deployment: { glyph: "▲", color: "accent" },
  configuration: { glyph: "◆", color: "warn" },
  upstream: { glyph: "●", color: "bad" },
  note: { glyph: "■", color: "muted" },
} as const satisfies Record<MarkKind, { readonly glyph: string; readonly color: string }>;

/** More marks than these are named by their numbers alone. */
const MOST_NAMED = 5;
const MOST_CHARACTERS = 24;

/** The exchanges of an endpoint over time with what happened then. The marks have the numbers of their list, from 1. */
export function causeTimelineData(
  { bucketMs, buckets }: Timeline,
  { change, marks }: Pick<ExplanationTime, "change" | "marks">,
): ChartData {
  return {
    x: buckets.map(({ at }) => at),
    ends: buckets.map(({ at }) => at + bucketMs),
    series: [
      { label: "compared", color: "bar-plain", shape: "steps", values: buckets.map(({ compared }) => compared) },
      {
        label: "with this cause",
        color: "bad-bar",
        shape: "steps",
        // Where all exchanges have the cause, both lines are one.
        line: "dashed",
        values: buckets.map(({ withCause }) => withCause),
      },
    ],
    marks: [
      ...marks.map((mark, index) => chartMark(mark, index, marks.length)),
      ...(change === null
        ? []
        : [{ axis: "x", value: change.at, label: "change", color: "text", line: "solid" } as const]),
    ],
  };
}

function chartMark({ at, kind, text }: Mark, index: number, count: number): ChartMark {
  const { glyph, color } = MARK_LOOKS[kind];
  const name = `${glyph} ${index + 1}`;
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
  return { axis: "x", value: at, label: count > MOST_NAMED ? name : `${name} ${short}`, color, line: "dashed" };
}

/** Of the drawn part that the names of marks can take; each needs a line of it. */
const MOST_NAMES_SHARE = 0.5;
const NAME_SHARE = 0.095;

/** The upper end of the y axis: above the curves is room for the names of the marks. */
export function topWithNames({ series, marks = [] }: ChartData): number {
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return most / (1 - Math.min(MOST_NAMES_SHARE, NAME_SHARE * (marks.length + 1)));
}
