import { useEffect, useRef, type ReactElement } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { drawnColumns, type ChartAxis, type ChartData, type ChartRange, type XAxis } from "./chart-model.ts";
import { chartOptions } from "./chart-options.ts";

export interface CanvasProps {
  readonly data: ChartData;
  readonly x: XAxis;
  readonly y: ChartAxis;
  readonly height: number;
  readonly selection?: ChartRange | undefined;
  readonly onSelect?: ((range: ChartRange) => void) | undefined;
  /** Receives the index of the x value under the pointer. */
  readonly onCursor: (index: number | null) => void;
}

/** The drawn part of a chart. New data redraws it; only a change of `key` rebuilds it. */
export function Canvas(props: CanvasProps): ReactElement {
  const { data, selection } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);

  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const chart = createPlot(element, latest);
    plot.current = chart;
    const { height } = latest.current;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === chart.width) return;
      chart.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => {
    plot.current?.setData(drawnColumns(data));
  }, [data]);
  useEffect(() => {
    if (plot.current !== null) showSelection(plot.current, selection);
  }, [selection]);

  return <div ref={box} className="chart-canvas" aria-hidden="true" />;
}

function createPlot(element: HTMLElement, latest: { readonly current: CanvasProps }): uPlot {
  const { height, onSelect } = latest.current;
  const style = getComputedStyle(element);
  const options = chartOptions(
    {
      height,
      data: () => latest.current.data,
      axes: () => latest.current,
      color: (name) => style.getPropertyValue(`--${name}`).trim(),
      font: `11px ${style.fontFamily}`,
      isSelectable: onSelect !== undefined,
      onCursor: (index) => latest.current.onCursor(index === null ? null : rowAt(latest.current.data, index)),
      // Positions are known after a drawing.
      onDraw: (chart) => showSelection(chart, latest.current.selection),
      onSelect: (chart) => latest.current.onSelect?.(selectedRange(chart)),
    },
    element.clientWidth,
  );
  return new uPlot(options, drawnColumns(latest.current.data), element);
}

/** The row of the data at an index of the drawn columns, which contain ends of periods too. */
function rowAt(data: ChartData, index: number): number | null {
  if (data.ends === undefined) return index;
  const at = drawnColumns(data)[0][index];
  const row = data.x.findLastIndex((start) => at !== undefined && start <= at);
  return row === -1 ? null : row;
}

function selectedRange(chart: uPlot): ChartRange {
  const { left, width } = chart.select;
  return { from: chart.posToVal(left, "x"), to: chart.posToVal(left + width, "x") };
}

const NOTHING = { left: 0, top: 0, width: 0, height: 0 };

function showSelection(chart: uPlot, selection: ChartRange | undefined): void {
  if (selection === undefined) {
    chart.setSelect(NOTHING, false);
    return;
  }
  const width = chart.bbox.width / devicePixelRatio;
  const { min = null, max = null } = chart.scales["x"] ?? {};
  if (min === null || max === null || selection.to < min || selection.from > max) {
    chart.setSelect(NOTHING, false);
    return;
  }
  const [left, right] = [selection.from, selection.to].map((value) =>
    Math.min(Math.max(chart.valToPos(value, "x"), 0), width),
  ) as [number, number];
  const height = chart.bbox.height / devicePixelRatio;
  chart.setSelect({ left, top: 0, width: Math.max(2, right - left), height }, false);
}
