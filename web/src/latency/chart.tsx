import { useEffect, useRef, useState, type ReactElement } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartRole } from "./chart-data.ts";

interface Props {
  /** Text alternative; the page also has the numbers in a table. */
  readonly label: string;
  readonly roles: readonly ChartRole[];
  /** x values, then one array per role. */
  readonly data: uPlot.AlignedData;
  readonly x: "time" | "logarithmic";
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  readonly step?: boolean | undefined;
  readonly height: number;
}

// uPlot declares Scale.Distr.Logarithmic in its types, but does not export a value.
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment
const LOGARITHMIC = 3 as uPlot.Scale.Distr;
/** Distances of axis ticks in seconds, from a minute to a week. Points are at full minutes, so there are no ticks between them. */
const TIME_STEPS = [1, 2, 5, 10, 30, 60, 180, 720, 1_440, 10_080].map((minutes) => minutes * 60);
/** Margin before the first and after the last minute, which also centers a single minute. */
const TIME_MARGIN_S = 60;
const DARK = "(prefers-color-scheme: dark)";

/** Whether the color scheme is dark; a canvas does not follow it on its own. */
function useDarkScheme(): boolean {
  const [dark, setDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const media = matchMedia(DARK);
    const update = (): void => setDark(media.matches);
    media.addEventListener("change", update);
    return () => media.removeEventListener("change", update);
  }, []);
  return dark;
}

function chartOptions(
  { roles, x, formatX, formatY, step, height }: Props,
  width: number,
  style: CSSStyleDeclaration,
): uPlot.Options {
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: color("muted"),
    grid: { stroke: color("line"), width: 1 },
    ticks: { stroke: color("line"), width: 1, size: 4 },
    font: `11px ${style.fontFamily}`,
  };
  const stepped = step === true ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    width,
    height,
    padding: [8, 20, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
    scales:
      x === "time"
        ? {
            x: { time: true, range: timeRange },
            y: { range: (_, _low, high) => [0, high * 1.08] },
          }
        : { x: { time: false, distr: LOGARITHMIC, range: (_, low, high) => [low, high] }, y: { range: [0, 1.02] } },
    axes: [
      {
        ...axis,
        size: 26,
        ...(x === "time" ? { incrs: TIME_STEPS } : {}),
        values: (_, splits) => splits.map((value) => (value === null ? "" : formatX(value))),
      },
      { ...axis, size: 62, values: (_, splits) => splits.map(formatY) },
    ],
    series: [
      { label: x === "time" ? "minute" : "at most", value: (_, value) => (value === null ? "–" : formatX(value)) },
      ...roles.map((role): uPlot.Series => ({
        label: role,
        stroke: color(`role-${role}`),
        width: 1.75,
        ...(role === "secondary" ? { dash: [4, 3] } : {}),
        ...(stepped === undefined ? { points: { show: true, size: 4 } } : { paths: stepped, points: { show: false } }),
        value: (_, value) => (value === null ? "–" : formatY(value)),
      })),
    ],
  };
}

/** From the data and not from the suggested limits, because uPlot suggests a whole day for a single minute. */
function timeRange({ data: [minutes] }: uPlot, low: number, high: number): uPlot.Range.MinMax {
  return [(minutes[0] ?? low) - TIME_MARGIN_S, (minutes.at(-1) ?? high) + TIME_MARGIN_S];
}

/** One line per role. A change of roles or color scheme rebuilds the canvas; new data only redraws it. */
export function Chart(props: Props): ReactElement {
  const dark = useDarkScheme();
  return <Canvas key={`${dark} ${props.roles.join(" ")}`} {...props} />;
}

function Canvas(props: Props): ReactElement {
  const { label, data } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const first = useRef(props);

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const { height } = first.current;
    const options = chartOptions(first.current, element.clientWidth, getComputedStyle(element));
    const chart = new uPlot(options, first.current.data, element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);

  return (
    <figure className="chart" aria-label={label}>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}
