import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import type { ContractReport } from "../../../src/model/contract/contract-report.ts";
import { coverageText } from "../../../src/presentation/contract/contract-words.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { ContractCountTable } from "./contract-counts.tsx";

/** How much of the contract was compared, and which responses break it; nothing in a run without a contract. */
export function ContractPanel({ contract }: { readonly contract: ContractReport | undefined }): ReactElement | null {
  if (contract === undefined) return null;
  const { missing, undocumented, responses } = contract;
  return (
    <section className="panel" aria-labelledby="contract-title" data-contract-panel>
      <h2 id="contract-title">Contract</h2>
      <p>{coverageText(contract)}</p>
      {responses === null ? null : <ContractCountTable counts={responses} />}
      <Names names={missing} what={`${formatPlural(missing.length, "operation")} never compared`}>
        {(name) => <code>{name}</code>}
      </Names>
      <Names names={undocumented} what={`${formatPlural(undocumented.length, "endpoint")} not in the contract`}>
        {(name) => (
          <Link to="/endpoint" search={{ name }} className="mono-link">
            {name}
          </Link>
        )}
      </Names>
    </section>
  );
}

interface NamesProps {
  readonly names: readonly string[];
  readonly what: string;
  readonly children: (name: string) => ReactNode;
}

function Names({ names, what, children }: NamesProps): ReactElement | null {
  if (names.length === 0) return null;
  return (
    <details>
      <summary>{what}</summary>
      <ul>
        {names.map((name) => (
          <li key={name}>{children(name)}</li>
        ))}
      </ul>
    </details>
  );
}
