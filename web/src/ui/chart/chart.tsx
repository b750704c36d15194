import { lazy, Suspense, useState, type ReactElement } from "react";
import { timeZoneName } from "../time.ts";
import { formatFraction } from "./axis-ticks.ts";
import { ChartLegend } from "./chart-legend.tsx";
import type { ChartAxis, ChartData, ChartRange, XAxis } from "./chart-model.ts";
import { ChartTable } from "./chart-table.tsx";
import { useMediaQuery } from "../use-media-query.ts";
import "./chart.css";

/** The drawing library is only loaded for pages with charts. */
const Canvas = lazy(() => import("./canvas.tsx").then(({ Canvas: component }) => ({ default: component })));

interface Props {
  /** Text alternative and caption of the table. */
  readonly label: string;
  readonly data: ChartData;
  readonly x: XAxis;
  readonly y: ChartAxis;
  readonly height?: number | undefined;
  /** Shown instead of a chart without values. */
  readonly empty: string;
  readonly selection?: ChartRange | undefined;
  /** Called with the part of the x axis that was dragged over, or selected in the table. */
  readonly onSelect?: ((range: ChartRange) => void) | undefined;
}

/**
 * A chart with axes, a legend with the values under the pointer, and the same numbers as a table. Colors follow the theme. Pass
 * memoized data: new data redraws the canvas, other series rebuild it.
 */
export function Chart({ label, data, x, y, height = 220, empty, selection, onSelect }: Props): ReactElement {
  // A canvas does not follow the color scheme on its own.
  const isDark = useMediaQuery("(prefers-color-scheme: dark)");
  const [row, setRow] = useState<number | null>(null);
  const [isTableOpen, setIsTableOpen] = useState(false);
  if (data.x.length === 0) return <p className="chart-empty">{empty}</p>;
  const xName = x.kind === "time" ? `${x.label ?? "Time"} (${timeZoneName()})` : x.label;
  const rowLabel = (at: number): string => labelOfRow(data, x, at);
  return (
    <figure className="chart" aria-label={label}>
      <div className="chart-head">
        <span>{y.label}</span>
        <button
          type="button"
          className="chart-toggle"
          aria-expanded={isTableOpen}
          onClick={() => setIsTableOpen(!isTableOpen)}
        >
          {isTableOpen ? "Hide table" : "Table"}
          <span className="visually-hidden"> of {label}</span>
        </button>
      </div>
      <div style={{ minHeight: height }}>
        <Suspense fallback={null}>
          <Canvas
            key={`${isDark} ${x.kind} ${y.scale} ${height} ${structureOf(data)}`}
            {...{ data, x, y, height, selection, onSelect }}
            onCursor={setRow}
          />
        </Suspense>
      </div>
      <p className="chart-x">{xName}</p>
      <ChartLegend data={data} row={row} rowLabel={rowLabel} formatY={y.format} />
      {isTableOpen ? (
        <ChartTable caption={label} formatY={y.format} {...{ data, xName, rowLabel, selection, onSelect }} />
      ) : null}
    </figure>
  );
}

/** What the canvas is built for. */
function structureOf({ series, bands = [] }: ChartData): string {
  return [
    ...series.map(({ label, shape, color }) => `${label} ${shape} ${color}`),
    ...bands.map((band) => band.label),
  ].join();
}

function labelOfRow({ x: values, ends }: ChartData, axis: XAxis, row: number): string {
  const at = values[row];
  if (at === undefined) return "";
  const format = axis.kind === "time" ? formatFraction : axis.format;
  const end = ends?.[row];
  return end === undefined ? format(at) : `${format(at)} – ${format(end)}`;
}
