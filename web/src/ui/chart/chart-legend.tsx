import type { ReactElement } from "react";
import type { ChartData, LineStyle } from "./chart-model.ts";

const DASHES: Readonly<Record<LineStyle, string | undefined>> = { solid: undefined, dashed: "6 3", dotted: "2 2" };

/** A sample of a line or area; it repeats the dashes, so that the chart can be read without colors. */
function Glyph({ color, line, isArea }: { color: string; line: LineStyle; isArea: boolean }): ReactElement {
  return (
    <svg className="chart-glyph" style={{ color: `var(--${color})` }} width="22" height="10" aria-hidden="true">
      {isArea ? (
        <rect width="22" height="10" fill="currentColor" fillOpacity="0.3" />
      ) : (
        <line x1="0" y1="5" x2="22" y2="5" stroke="currentColor" strokeWidth="2.5" strokeDasharray={DASHES[line]} />
      )}
    </svg>
  );
}

interface Props {
  readonly data: ChartData;
  /** The row under the pointer. */
  readonly row: number | null;
  readonly rowLabel: (row: number) => string;
  readonly formatY: (value: number) => string;
}

/** Names the lines and areas, with their values under the pointer. */
export function ChartLegend({ data, row, rowLabel, formatY }: Props): ReactElement {
  const valueOf = (values: readonly (number | null)[]): string => {
    const value = row === null ? null : values[row];
    return typeof value === "number" ? formatY(value) : "–";
  };
  return (
    <ul className="chart-legend">
      {data.series.map(({ label, color, line = "solid", shape, values }) => (
        <li key={label}>
          <Glyph color={color} line={line} isArea={shape === "bars"} /> {label}
          {row === null ? null : <b className="chart-value">{valueOf(values)}</b>}
        </li>
      ))}
      {(data.bands ?? []).map(({ label, color, low, high }) => (
        <li key={label}>
          <Glyph color={color} line="solid" isArea /> {label}
          {row === null ? null : <b className="chart-value">{`${valueOf(low)} to ${valueOf(high)}`}</b>}
        </li>
      ))}
      {row === null ? null : <li className="chart-cursor">{rowLabel(row)}</li>}
    </ul>
  );
}
