import type { ContractReport } from "../../model/contract/contract-report.ts";
import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import type { EndpointReport } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import { sumContracts } from "./endpoint-contract.ts";

/** What a run has seen of its contract. @returns undefined for a run without one */
export function runContract({ operations }: Gate, endpoints: readonly EndpointReport[]): ContractReport | undefined {
  if (operations === undefined) return undefined;
  const known = new Set(operations);
  const compared = new Set(endpoints.filter((each) => each.compared > 0).map(({ endpoint }) => endpoint));
  const missing = operations.filter((operation) => !compared.has(operation));
  return {
    operations: operations.length,
    compared: operations.length - missing.length,
    missing: missing.toSorted(),
    undocumented: [...compared].filter((name) => !known.has(name) && name !== OVERFLOW_ENDPOINT).toSorted(),
    responses: sumContracts(endpoints.map(({ contract }) => contract)),
  };
}
