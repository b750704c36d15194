import { useEffect, useRef, type ReactElement } from "react";
import type { RawHeaders } from "../../../../src/model/capture.ts";
import type { Difference } from "../../../../src/model/difference.ts";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { LineContent } from "../body/line-content.tsx";
import { linePieces } from "../../../../src/presentation/bodies/line-pieces.ts";
import { clipLine } from "../../../../src/presentation/bodies/clip-line.ts";
import { inlineChanges, type Span } from "../../../../src/presentation/bodies/inline-changes.ts";
import type { Findings } from "../use-findings.ts";
import { headerExcuse } from "./excuses.ts";
import { headerRows, isAbout, type HeaderRow } from "../../../../src/presentation/headers/header-rows.ts";

interface Props {
  readonly section: "header" | "trailer";
  readonly left: RawHeaders;
  readonly right: RawHeaders;
  readonly leftName: string;
  readonly rightName: string;
  /** What the comparison found in this section. */
  readonly differences: readonly Difference[];
  readonly findings: Findings;
  /** The selected place, `header etag`. */
  readonly at: string | undefined;
}

const GLYPHS = { differs: "~", ignored: "≈", same: "" } as const;
const TITLES = { header: "Headers", trailer: "Trailers" } as const;

/** Header or trailer fields of two responses side by side; equal ones are folded. */
export function HeaderPanel(props: Props): ReactElement | null {
  const { section, left, right, differences } = props;
  const rows = headerRows(
    left,
    right,
    differences.map(({ path }) => path),
  );
  if (rows.length === 0) return null;
  const equal = rows.filter(({ mark }) => mark === "same");
  const unequal = rows.filter(({ mark }) => mark !== "same");
  return (
    <section className="panel" id={`${section}s`} aria-labelledby={`${section}s-title`}>
      <h2 id={`${section}s-title`}>{TITLES[section]}</h2>
      {unequal.length === 0 ? null : <HeaderTable {...props} rows={unequal} isEqual={false} />}
      {equal.length === 0 ? null : (
        <details>
          <summary>{foldedText(props, equal.length)}</summary>
          <HeaderTable {...props} rows={equal} isEqual />
        </details>
      )}
    </section>
  );
}

/** What is folded: equal fields, or those of the only response that has any. */
function foldedText({ section, left, right, leftName, rightName }: Props, count: number): string {
  if (left.length > 0 && right.length > 0) return formatPlural(count, `equal ${section}`);
  const [present, missing] = left.length > 0 ? [leftName, rightName] : [rightName, leftName];
  return `${formatPlural(count, section)} of ${present}; ${missing} has none`;
}

interface TableProps extends Props {
  readonly rows: readonly HeaderRow[];
  readonly isEqual: boolean;
}

function HeaderTable(props: TableProps): ReactElement {
  const { section, rows, isEqual, leftName, rightName, at, differences, findings } = props;
  const label = `${TITLES[section]} ${isEqual ? "that are equal" : "that differ"}`;
  return (
    // Scrolls by keyboard in a narrow window.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="scroll" tabIndex={0} aria-label={label}>
      <table className="headers">
        <caption className="visually-hidden">
          {TITLES[section]} of {leftName} and of {rightName}
        </caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">{leftName}</th>
            <th scope="col" className="glyph">
              <span className="visually-hidden">change</span>
            </th>
            <th scope="col">{rightName}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.name}
              row={row}
              excuse={headerExcuse(row, differences, findings)}
              isCurrent={
                at !== undefined && at.startsWith(`${section} `) && isAbout(at.slice(section.length + 1), row.name)
              }
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  readonly row: HeaderRow;
  readonly excuse: string;
  readonly isCurrent: boolean;
}

function Row({ row, excuse, isCurrent }: RowProps): ReactElement {
  const element = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isCurrent) element.current?.scrollIntoView({ block: "center" });
  }, [isCurrent]);
  const word = row.mark === "same" ? "" : row.mark === "differs" ? "differs" : "differs, but does not count";
  const pairs = row.lines.map(({ left, right }) => ({
    left,
    right,
    changes: left === undefined || right === undefined ? undefined : inlineChanges(left, right),
  }));
  return (
    <tr
      ref={element}
      className={`header-${row.mark}`}
      data-header={row.name}
      aria-current={isCurrent ? "true" : undefined}
    >
      <th scope="row">
        {row.name}
        {excuse === "" ? null : <span className="subline muted small">{excuse}</span>}
      </th>
      <td>
        {pairs.map(({ left, changes }, index) => (
          // The values of a field have an order and no id.
          // oxlint-disable-next-line react/no-array-index-key
          <Value key={index} text={left} spans={changes?.left} />
        ))}
      </td>
      <td className="glyph" title={word}>
        <span aria-hidden="true">{GLYPHS[row.mark]}</span>
        <span className="visually-hidden">{word}</span>
      </td>
      <td>
        {pairs.map(({ right, changes }, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <Value key={index} text={right} spans={changes?.right} />
        ))}
      </td>
    </tr>
  );
}

/** @param spans undefined if the other side has no such value: then all of it differs */
function Value(props: {
  readonly text: string | undefined;
  readonly spans: readonly Span[] | undefined;
}): ReactElement {
  const { text } = props;
  if (text === undefined) return <span className="muted header-value">not sent</span>;
  const spans = props.spans ?? [{ from: 0, to: text.length }];
  const parts = clipLine(text.length, [], Infinity);
  return (
    <code className="header-value">
      <LineContent pieces={linePieces(text, { tokens: [], changes: spans, found: [], parts })} />
    </code>
  );
}
