import type { ReactElement } from "react";
import type { RawHeaders } from "../../../src/model/capture.ts";
import { headerRows } from "./diff/header-rows.ts";

interface Props {
  readonly title: string;
  readonly left: RawHeaders;
  readonly right: RawHeaders;
  readonly leftName: string;
  readonly rightName: string;
  readonly differing: ReadonlySet<string>;
}

const GLYPHS = { differs: "~", ignored: "≈", same: "" } as const;
const WORDS = { differs: "differs", ignored: "differs, but does not count", same: "" } as const;

function Values({ values }: { readonly values: readonly string[] }): ReactElement {
  if (values.length === 0) return <span className="muted">not sent</span>;
  return (
    <>
      {values.map((value, index) => (
        // The values of a field have an order and no id.
        // oxlint-disable-next-line react/no-array-index-key
        <code key={index} className="header-value">
          {value}
        </code>
      ))}
    </>
  );
}

/** Header or trailer fields of two responses side by side. */
export function HeaderTable({ title, left, right, leftName, rightName, differing }: Props): ReactElement | null {
  const rows = headerRows(left, right, differing);
  if (rows.length === 0) return null;
  return (
    <section className="panel">
      <h2>{title}</h2>
      <div className="scroll">
        <table className="headers">
          <caption className="visually-hidden">
            {title} of {leftName} and of {rightName}
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
              <tr key={row.name} className={`header-${row.mark}`} data-header={row.name}>
                <th scope="row">{row.name}</th>
                <td>
                  <Values values={row.left} />
                </td>
                <td className="glyph" title={WORDS[row.mark]}>
                  <span aria-hidden="true">{GLYPHS[row.mark]}</span>
                  <span className="visually-hidden">{WORDS[row.mark]}</span>
                </td>
                <td>
                  <Values values={row.right} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
