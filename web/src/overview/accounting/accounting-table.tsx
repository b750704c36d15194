import { Fragment, type ReactElement } from "react";
import type { Accounting } from "../../../../src/model/accounting.ts";
import { accountingSums, formatReasons } from "../../../../src/presentation/verdict/accounting-sums.ts";
import { formatCount } from "../../../../src/presentation/words/number-format.ts";
import { Scroll } from "../../ui/scroll.tsx";

/** The sums of the accounting, each with its parts. */
export function AccountingTable({ accounting }: { readonly accounting: Accounting }): ReactElement {
  return (
    <Scroll>
      <table className="accounting">
        <caption className="visually-hidden">Requests by what became of them</caption>
        <thead>
          <tr>
            <th scope="col">Requests</th>
            <th scope="col" className="number">
              Count
            </th>
            <th scope="col">Reasons</th>
          </tr>
        </thead>
        <tbody>
          {accountingSums(accounting).map(({ name, total, parts }) => (
            <Fragment key={name}>
              <tr>
                <th scope="row" className="strong">
                  {name}
                </th>
                <td className="number strong">{formatCount(total)}</td>
                <td className="muted">is the sum of</td>
              </tr>
              {parts.map((part) => (
                <tr key={part.name}>
                  <th scope="row" className="accounting-part">
                    {part.name}
                  </th>
                  <td className="number">{formatCount(part.count)}</td>
                  <td className="muted">{formatReasons(part.reasons)}</td>
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
