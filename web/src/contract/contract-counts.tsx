import type { ReactElement } from "react";
import type { ContractCounts } from "../../../src/model/contract/contract-report.ts";
import { contractRows } from "../../../src/presentation/contract/contract-words.ts";
import { formatCount } from "../../../src/presentation/words/number-format.ts";

/** Exchanges by how their responses keep to the contract. */
export function ContractCountTable({ counts }: { readonly counts: ContractCounts }): ReactElement {
  return (
    <table>
      <caption className="visually-hidden">Exchanges by how their responses keep to the contract</caption>
      <tbody>
        {contractRows(counts).map(({ name, words, count }) => (
          <tr key={name} data-contract={name}>
            <td className="number">{formatCount(count)}</td>
            <th scope="row">{words}</th>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
