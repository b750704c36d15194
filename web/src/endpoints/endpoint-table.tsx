import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef, type ReactElement, type RefObject } from "react";
import type { EndpointSortKey, EndpointSummary } from "../../../src/model/views/endpoint-page.ts";
import type { EndpointsSearch } from "../search-params.ts";
import { ENDPOINT_COLUMNS, EndpointCells } from "./endpoint-columns.tsx";
import { SortHeader } from "./sort-header.tsx";
import type { EndpointRows } from "./use-endpoint-rows.ts";

/** Pixels; the same as in the styles. Equal heights make the position of every row known before it is loaded. */
const ROW_HEIGHT = 46;
/** Rows beyond the visible ones, so that `j` and `k` find the next row. */
const OVERSCAN = 10;
const COLUMN_COUNT = ENDPOINT_COLUMNS.length + 1;

export interface RowRange {
  readonly first: number;
  readonly last: number;
}

interface Props {
  readonly rows: EndpointRows;
  readonly search: EndpointsSearch;
  readonly onChange: (change: EndpointsSearch) => void;
  /** Called with the rows that are rendered. */
  readonly onRange: (range: RowRange) => void;
}

/** The endpoints that match the filter, in the order that the URL says. Only the rows on the screen are in the page. */
export function EndpointTable({ rows, search, onChange, onRange }: Props): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.matching,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  useTopOnChange(scroller, JSON.stringify(search));
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange({ first, last }), [onRange, first, last]);
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className="virtual-scroll" data-scroll-restoration-id="endpoints">
      <table className="endpoint-table" aria-rowcount={rows.matching + 1} data-first-focus>
        <caption className="visually-hidden">Endpoints with verdict, mismatch and latency</caption>
        <colgroup>
          <col />
          {ENDPOINT_COLUMNS.map(({ key }) => (
            <col key={key} className={`column-${key}`} />
          ))}
        </colgroup>
        <TableHead search={search} onChange={onChange} />
        <tbody>
          <Spacer height={above} />
          {items.map(({ index }) => (
            <EndpointRow key={index} index={index} endpoint={rows.rowAt(index)} hasRoutes={rows.hasRoutes} />
          ))}
          <Spacer height={below} />
        </tbody>
      </table>
    </div>
  );
}

/** Scrolls to the first row when the filter or the order changes, not when the page is opened. */
function useTopOnChange(scroller: RefObject<HTMLDivElement | null>, state: string): void {
  const last = useRef(state);
  useEffect(() => {
    if (last.current !== state) scroller.current?.scrollTo({ top: 0 });
    last.current = state;
  }, [scroller, state]);
}

function TableHead({ search, onChange }: Pick<Props, "search" | "onChange">): ReactElement {
  const { sort = "verdict", dir = "desc" } = search;
  const sortBy = (key: EndpointSortKey): void => {
    const initial = key === "endpoint" ? "asc" : "desc";
    const reversed = dir === "asc" ? "desc" : "asc";
    onChange({ sort: key, dir: key === sort ? reversed : initial });
  };
  const columns = [{ key: "endpoint", label: "Endpoint", isText: true } as const, ...ENDPOINT_COLUMNS];
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map((column) => (
          <SortHeader
            key={column.key}
            label={column.label}
            title={"title" in column ? column.title : undefined}
            numeric={column.isText !== true}
            direction={column.key === sort ? dir : undefined}
            onSort={() => sortBy(column.key)}
          />
        ))}
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly index: number;
  /** Undefined while it is loading. */
  readonly endpoint: EndpointSummary | undefined;
  readonly hasRoutes: boolean;
}

const EndpointRow = memo(function EndpointRow({ index, endpoint, hasRoutes }: RowProps): ReactElement {
  // The first row is the header.
  const rowIndex = index + 2;
  if (endpoint === undefined) {
    return (
      <tr aria-rowindex={rowIndex} className="loading-row">
        <td colSpan={COLUMN_COUNT}>Loading…</td>
      </tr>
    );
  }
  return (
    <tr aria-rowindex={rowIndex} data-row data-endpoint={endpoint.endpoint}>
      <EndpointCells endpoint={endpoint} hasRoutes={hasRoutes} />
    </tr>
  );
});

/** Takes the place of the rows that are not in the page. */
function Spacer({ height }: { readonly height: number }): ReactElement | null {
  if (height <= 0) return null;
  return <tr aria-hidden="true" style={{ height }} />;
}
