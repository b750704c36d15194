import { useMemo, useState, type MouseEvent, type ReactElement } from "react";
import { joinRanges, rangeOfRow, rowsWithValues, type ChartData, type ChartRange } from "./chart-model.ts";

/** Rows that are shown at first. */
const FEW_ROWS = 100;

interface Props {
  readonly caption: string;
  readonly data: ChartData;
  /** Heading of the first column. */
  readonly xName: string;
  readonly rowLabel: (row: number) => string;
  readonly formatY: (value: number) => string;
  readonly selection?: ChartRange | undefined;
  readonly onSelect?: ((range: ChartRange) => void) | undefined;
}

/**
 * The values of a chart as a table, largest x first: the slowest, the newest. With `onSelect`, a row selects its part of the x axis,
 * and with Shift, extends the selection.
 */
export function ChartTable(props: Props): ReactElement {
  const { caption, data, xName, onSelect } = props;
  const [isComplete, setIsComplete] = useState(false);
  const rows = useMemo(() => rowsWithValues(data).toReversed(), [data]);
  const shown = isComplete ? rows : rows.slice(0, FEW_ROWS);
  return (
    // The arrow keys scroll a focused region.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="scroll chart-table" tabIndex={0} aria-label={caption}>
      {onSelect === undefined ? null : (
        <p className="hint">Select a row to list its exchanges. Shift extends the selection.</p>
      )}
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{xName}</th>
            {[...data.series, ...(data.bands ?? [])].map(({ label }) => (
              <th key={label} scope="col" className="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <TableRow key={row} row={row} {...props} />
          ))}
        </tbody>
      </table>
      {shown.length === rows.length ? null : (
        <button type="button" onClick={() => setIsComplete(true)}>
          Show all {rows.length} rows
        </button>
      )}
    </section>
  );
}

function TableRow({
  data,
  row,
  rowLabel,
  formatY,
  selection,
  onSelect,
}: Props & { readonly row: number }): ReactElement {
  const text = (value: number | null | undefined): string => (typeof value === "number" ? formatY(value) : "–");
  const range = rangeOfRow(data, row);
  const isSelected = selection !== undefined && range.from < selection.to && range.to > selection.from;
  const select = (event: MouseEvent): void =>
    onSelect?.(event.shiftKey && selection !== undefined ? joinRanges(selection, range) : range);
  return (
    <tr className={isSelected ? "selected" : undefined}>
      <th scope="row">
        {onSelect === undefined ? (
          rowLabel(row)
        ) : (
          <button type="button" className="chart-row" aria-pressed={isSelected} onClick={select}>
            {rowLabel(row)}
          </button>
        )}
      </th>
      {data.series.map(({ label, values }) => (
        <td key={label} className="number">
          {text(values[row])}
        </td>
      ))}
      {(data.bands ?? []).map(({ label, low, high }) => (
        <td key={label} className="number">
          {text(low[row])} to {text(high[row])}
        </td>
      ))}
    </tr>
  );
}
