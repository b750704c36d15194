/** How a line is drawn, and its sample in the legend: charts can be read without colors. */
export type LineStyle = "solid" | "dashed" | "dotted";

export interface ChartSeries {
  readonly label: string;
  /** Name of a CSS variable without its dashes: `role-primary`. */
  readonly color: string;
  readonly line?: LineStyle | undefined;
  /** `steps`: a value holds until the next x. `bars`: around its x. */
  readonly shape: "line" | "steps" | "bars";
  /** One per x; null interrupts the line. */
  readonly values: readonly (number | null)[];
}

/** An area between two lines, such as an interval. Null where it is not known. */
interface ChartBand {
  readonly label: string;
  readonly color: string;
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** A line across the chart with its name. */
export interface ChartMark {
  readonly axis: "x" | "y";
  readonly value: number;
  readonly label: string;
  readonly color: string;
  readonly line?: LineStyle | undefined;
  /** Shades the interval around an x mark. */
  readonly interval?: ChartRange | undefined;
}

/** A dot on the chart, in the units of its axes. */
export interface ChartDot {
  readonly x: number;
  readonly y: number;
  readonly color: string;
}

/** A part of the x axis: Unix milliseconds for a time axis. */
export interface ChartRange {
  readonly from: number;
  readonly to: number;
}

export interface ChartAxis {
  /** Title with the unit: `Time to the last byte (ms)`. A time axis adds its zone. */
  readonly label: string;
  readonly format: (value: number) => string;
  /** Fixed limits; default: those of the data. */
  readonly limits?: readonly [low: number, high: number] | undefined;
  /**
   * For y axes. `signed`: logarithmic on both sides of zero, and linear from −1 to 1. `tail`: of shares, by the logarithm of what is
   * left to 1, up to the upper limit. Default: linear.
   */
  readonly scale?: "signed" | "tail" | undefined;
  /** Positions of the ticks; default: round numbers. */
  readonly ticks?: readonly number[] | undefined;
}

export type XAxis =
  /** Unix milliseconds in local time. */
  | { readonly kind: "time"; readonly label?: string | undefined; readonly limits?: ChartAxis["limits"] }
  | ({ readonly kind: "linear" | "logarithmic" } & ChartAxis);

export interface ChartData {
  /** Ascending. */
  readonly x: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly bands?: readonly ChartBand[] | undefined;
  readonly marks?: readonly ChartMark[] | undefined;
  readonly dots?: readonly ChartDot[] | undefined;
  /** For charts of periods: the end of each. Default: each x is a point. */
  readonly ends?: readonly number[] | undefined;
}

/** What a table row covers on the x axis: its period, or from the x before it. */
export function rangeOfRow({ x, ends }: ChartData, row: number): ChartRange {
  const at = x[row] ?? 0;
  const end = ends?.[row];
  return end === undefined ? { from: x[row - 1] ?? at, to: at } : { from: at, to: end };
}

/** The smallest range that contains both. */
export function joinRanges(one: ChartRange, other: ChartRange): ChartRange {
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}

/** The table rows, by their index: those with a value. */
export function rowsWithValues({ x, series, bands = [] }: ChartData): readonly number[] {
  const columns = [...series.map(({ values }) => values), ...bands.map(({ low }) => low)];
  return [...x.keys()].filter((row) => columns.some((values) => typeof values[row] === "number"));
}

type Column = readonly (number | null)[];

/**
 * The columns that are drawn: x, the series, then low and high of each band. A chart of periods holds each value to the end of its
 * period, and has a gap where the next one begins later.
 */
export function drawnColumns(data: ChartData): [number[], ...(number | null)[][]] {
  const { x, series, bands = [], ends } = data;
  const columns: readonly Column[] = [
    ...series.map(({ values }) => values),
    ...bands.flatMap(({ low, high }) => [low, high]),
  ];
  if (ends === undefined) return [[...x], ...columns.map((values) => [...values])];
  const isGap = x.map((_, row) => (x[row + 1] ?? Number.POSITIVE_INFINITY) > (ends[row] ?? 0));
  const drawnX = x.flatMap((at, row) => (isGap[row] === true ? [at, ends[row] ?? at] : [at]));
  const drawn = columns.map((values) =>
    values.flatMap((value, row) => {
      if (isGap[row] !== true) return [value];
      // The last period ends with its value; before a gap, the line is interrupted.
      return row === x.length - 1 ? [value, value] : [value, null];
    }),
  );
  return [drawnX, ...drawn];
}
