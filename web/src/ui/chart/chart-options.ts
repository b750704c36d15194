import uPlot from "uplot";
import { formatTickTime, logarithmicTicks, signedTicks, timeLimits } from "./axis-ticks.ts";
import type { ChartAxis, ChartData, LineStyle, XAxis } from "./chart-model.ts";
import { drawDots, drawIntervals, drawMarks } from "./draw-marks.ts";

/** What a chart is built from; new data alone does not rebuild it. */
export interface ChartPlan {
  readonly height: number;
  /** The latest data and axes, read at each drawing. */
  readonly data: () => ChartData;
  readonly axes: () => { readonly x: XAxis; readonly y: ChartAxis };
  /** Resolves the name of a CSS variable. */
  readonly color: (name: string) => string;
  readonly font: string;
  readonly isSelectable: boolean;
  readonly onCursor: (index: number | null) => void;
  readonly onSelect: (chart: uPlot) => void;
  readonly onDraw: (chart: uPlot) => void;
}

// uPlot declares Scale.Distr in its types, but does not export its values.
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment
const LOGARITHMIC = 3 as uPlot.Scale.Distr;
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment
const ARC_SINH = 4 as uPlot.Scale.Distr;
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment
const CUSTOM = 100 as uPlot.Scale.Distr;
/** The upper end of a `tail` axis without limits. */
const MOST_SHARE = 0.9999;
/** Distances of the ticks of a time axis: finer between a second and a minute than uPlot's, for narrow charts of short runs. */
const TIME_STEPS: number[] = [1, 2, 5, 10, 20, 50, 100, 250, 500].concat(
  [1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1_000),
  [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  [1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * 3_600_000),
);
const TIME_TICK_SPACE = 72;
const TICK_SPACE = 58;
const DASHES: Readonly<Record<LineStyle, number[] | undefined>> = {
  solid: undefined,
  dashed: [6, 4],
  dotted: [2, 3],
};
/** Alpha of areas, as two hexadecimal digits after the color. */
const AREA_ALPHA = "30";

/** The options of a uPlot chart with the axes, lines and areas of a plan. */
export function chartOptions(plan: ChartPlan, width: number): uPlot.Options {
  const { data, color, height, isSelectable, onCursor, onSelect, onDraw } = plan;
  const { series, bands = [] } = data();
  const firstBand = series.length + 1;
  return {
    width,
    height,
    ms: 1,
    padding: [12, 28, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: isSelectable, y: false, setScale: false, dist: 4 },
      points: { size: 7, width: 1.5 },
    },
    scales: { x: xScale(plan), y: yScale(plan) },
    axes: axesOf(plan),
    series: [{}, ...series.map((each) => seriesOptions(each, color)), ...bands.flatMap(() => [EDGE, EDGE])],
    bands: bands.map((band, at) => ({
      series: [firstBand + 2 * at + 1, firstBand + 2 * at],
      fill: color(band.color) + AREA_ALPHA,
    })),
    hooks: {
      setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)],
      setSelect: [onSelect],
      drawAxes: [(chart) => drawIntervals(chart, data().marks ?? [], color)],
      draw: [
        (chart) => {
          drawMarks(chart, data().marks ?? [], plan);
          drawDots(chart, data().dots ?? [], color);
          onDraw(chart);
        },
      ],
    },
  };
}

/** The edges of an area are not drawn. */
const EDGE: uPlot.Series = { points: { show: false }, width: 0 };

function seriesOptions(
  { color: name, line = "solid", shape }: ChartData["series"][number],
  color: ChartPlan["color"],
): uPlot.Series {
  const dash = DASHES[line];
  const shared = { stroke: color(name), width: 1.75, ...(dash === undefined ? {} : { dash }) };
  if (shape === "line") return { ...shared, points: { show: true, size: 4 } };
  const drawn = { ...shared, points: { show: false }, ...pathsOf(shape) };
  return shape === "bars" ? { ...drawn, width: 1, fill: color(name) + AREA_ALPHA } : drawn;
}

function pathsOf(shape: "steps" | "bars"): Pick<uPlot.Series, "paths"> {
  const { stepped, bars } = uPlot.paths;
  const paths = shape === "steps" ? stepped?.({ align: 1, alignGaps: 1 }) : bars?.({ size: [0.92, 64] });
  return paths === undefined ? {} : { paths };
}

function xScale({ axes, data }: ChartPlan): uPlot.Scale {
  const limitsOr =
    (limits: (low: number, high: number) => readonly [number, number]): uPlot.Range.Function =>
    (_, low, high) => [...(axes().x.limits ?? limits(low, high))];
  const { kind } = axes().x;
  if (kind === "time") return { time: true, range: limitsOr((low, high) => timeLimits(data(), low, high)) };
  if (kind === "linear") return { time: false, range: limitsOr((low, high) => [low, high]) };
  return { time: false, distr: LOGARITHMIC, range: limitsOr(logRange) };
}

function yScale({ axes }: ChartPlan): uPlot.Scale {
  const range: uPlot.Range.Function = (_, low, high) => yRange(axes().y, low, high);
  const { scale } = axes().y;
  if (scale === undefined) return { range };
  if (scale === "signed") return { distr: ARC_SINH, asinh: 1, range };
  const most = (): number => axes().y.limits?.[1] ?? MOST_SHARE;
  const fwd = (share: number): number => -Math.log10(1 - Math.min(share, most()));
  return { distr: CUSTOM, fwd, bwd: (at) => 1 - 10 ** -at, range };
}

function logRange(low: number, high: number): readonly [number, number] {
  return low < high ? [low, high] : [low / 2, high * 2];
}

function yRange({ limits }: ChartAxis, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (limits !== undefined) return [...limits];
  const [bottom, top] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)];
  const margin = (top - bottom) * 0.08;
  if (margin === 0) return [0, 1];
  return [bottom === 0 ? 0 : bottom - margin, top === 0 ? 0 : top + margin];
}

function axesOf(plan: ChartPlan): uPlot.Axis[] {
  const { color, font } = plan;
  const axis = {
    stroke: color("muted"),
    grid: { stroke: color("line"), width: 1 },
    ticks: { stroke: color("line"), width: 1, size: 4 },
    font,
    labelFont: font,
    labelSize: 18,
    labelGap: 2,
    space: TICK_SPACE,
  };
  return [
    { ...axis, size: 28, ...xTicks(plan) },
    { ...axis, size: 58, space: 30, ...yTicks(plan) },
  ];
}

function xTicks({ axes }: ChartPlan): uPlot.Axis {
  const { x } = axes();
  if (x.kind === "time") {
    return {
      incrs: TIME_STEPS,
      space: TIME_TICK_SPACE,
      values: (_, splits, _axis, _space, step) => splits.map((at) => formatTickTime(at, step)),
    };
  }
  const { format } = x;
  const values = (_: uPlot, splits: number[]): string[] => splits.map((value) => format(value));
  if (x.ticks !== undefined) return { values, splits: [...x.ticks] };
  if (x.kind === "linear") return { values };
  return {
    values,
    splits: ({ width }, _axis, low, high) => [...logarithmicTicks(low, high, Math.max(2, width / TICK_SPACE - 1))],
    filter: (_, splits) => splits,
  };
}

function yTicks({ axes }: ChartPlan): uPlot.Axis {
  const { ticks, scale } = axes().y;
  const values = (_: uPlot, splits: number[]): string[] => splits.map((value) => axes().y.format(value));
  if (ticks !== undefined) return { values, splits: () => [...(axes().y.ticks ?? [])], filter: (_, splits) => splits };
  if (scale === undefined) return { values };
  return { values, splits: (_, _axis, low, high) => [...signedTicks(low, high)], filter: (_, splits) => splits };
}
