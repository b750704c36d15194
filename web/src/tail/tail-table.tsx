import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, type ReactElement } from "react";
import { zoneName } from "../ui/time.ts";
import { TailCells } from "./tail-cells.tsx";
import type { NumberedRow } from "./use-tail.ts";

/** Rows have one line each. */
const ROW_HEIGHT = 34;
const OVERSCAN = 10;

interface Props {
  /** Newest first. */
  readonly rows: readonly NumberedRow[];
  readonly onEndpoint: (name: string) => void;
}

/** The rows of the tail. Only those in view are in the document. */
export function TailTable({ rows, onEndpoint }: Props): ReactElement {
  const scroll = useRef<HTMLElement>(null);
  // No compiler memoizes this component.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.number ?? index,
    overscan: OVERSCAN,
  });
  const items = virtualizer.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    // Keyboard users scroll it with the arrow keys.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section ref={scroll} className="scroll tail-rows" tabIndex={0} aria-label="Exchanges, newest first">
      <table aria-rowcount={rows.length}>
        <thead>
          <tr>
            <th scope="col">Time ({zoneName(rows[0]?.at ?? 0)})</th>
            <th scope="col">Request</th>
            <th scope="col">Endpoint</th>
            <th scope="col">Status</th>
            <th scope="col">Differences</th>
            <th scope="col" className="number">
              Primary
            </th>
            <th scope="col" className="number">
              Candidate
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} />
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : <TailCells key={row.number} row={row} onEndpoint={onEndpoint} />;
          })}
          <Spacer height={below} />
        </tbody>
      </table>
    </section>
  );
}

/** Takes the space of the rows that are not in the document. */
function Spacer({ height }: { readonly height: number }): ReactElement | null {
  return height <= 0 ? null : <tr className="tail-spacer" aria-hidden="true" style={{ height }} />;
}
