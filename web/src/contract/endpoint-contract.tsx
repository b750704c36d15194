import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { formatField } from "../../../src/presentation/words/difference-words.ts";
import { formatCount } from "../../../src/presentation/words/number-format.ts";
import { ContractCountTable } from "./contract-counts.tsx";

/** Which responses of an endpoint break the contract, and where; nothing if none was validated. */
export function EndpointContract({ contract }: Pick<EndpointReport, "contract">): ReactElement | null {
  if (contract === undefined) return null;
  const { violations } = contract;
  return (
    <section className="panel" aria-labelledby="contract-title">
      <h2 id="contract-title">Contract</h2>
      <ContractCountTable counts={contract} />
      {violations.length === 0 ? null : (
        <div className="scroll">
          <table>
            <caption className="visually-hidden">Where responses break the contract, in exchanges</caption>
            <thead>
              <tr>
                <th scope="col">Place</th>
                {["Candidate only", "Primary only", "Both"].map((label) => (
                  <th key={label} scope="col" className="number">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {violations.map(({ section, path, candidateOnly, primaryOnly, both }) => (
                <tr key={`${section} ${path}`} data-violation={`${section} ${path}`}>
                  <th scope="row">
                    <code>{formatField({ section, path })}</code>
                  </th>
                  <td className="number">{formatCount(candidateOnly)}</td>
                  <td className="number">{formatCount(primaryOnly)}</td>
                  <td className="number">{formatCount(both)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
