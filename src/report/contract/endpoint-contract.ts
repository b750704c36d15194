import type { ContractCounts, ContractViolation, EndpointContract } from "../../model/contract/contract-report.ts";
import type { ContractRelation, RelationCount } from "../../model/difference.ts";
import type { FieldReport } from "../../model/report.ts";

/** The path of the exchange as a whole, in the section `status`; a violation there has a pair of statuses. */
const OF_EXCHANGE = "$";

const NAMES: Readonly<Record<ContractRelation, keyof ContractCounts>> = {
  conforms: "conforming",
  "candidate-breaks": "candidateBreaks",
  "primary-breaks": "primaryBreaks",
  "both-break": "bothBreak",
  "not-judged": "notJudged",
};

/**
 * How the responses of an endpoint keep to the contract.
 * @param rows of the endpoint
 * @param fields of the endpoint: what only the candidate breaks is among them
 * @returns undefined if none was validated
 */
export function endpointContract(
  rows: readonly RelationCount[],
  fields: Iterable<Pick<FieldReport, "section" | "path" | "kind" | "count">>,
): EndpointContract | undefined {
  const counts: Record<keyof ContractCounts, number> = emptyCounts();
  const violations = new Map<string, Writable<ContractViolation>>();
  const violationAt = (section: FieldReport["section"], path: string): Writable<ContractViolation> => {
    const key = `${section}\n${path}`;
    const known = violations.get(key) ?? { section, path, candidateOnly: 0, primaryOnly: 0, both: 0 };
    violations.set(key, known);
    return known;
  };
  let isValidated = false;
  for (const { section, path, kind, relation, count } of rows) {
    if (kind !== "contract") continue;
    isValidated = true;
    if (section === "status" && path === OF_EXCHANGE) counts[NAMES[relation as ContractRelation]] += count;
    else violationAt(section, path)[relation === "both-break" ? "both" : "primaryOnly"] += count;
  }
  if (!isValidated) return undefined;
  for (const { section, path, kind, count } of fields) {
    if (kind === "contract" && count > 0) violationAt(section, path).candidateOnly += count;
  }
  return { ...counts, violations: [...violations.values()].toSorted(byConcern) };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function emptyCounts(): Record<keyof ContractCounts, number> {
  return { conforming: 0, candidateBreaks: 0, primaryBreaks: 0, bothBreak: 0, notJudged: 0 };
}

function byConcern(one: ContractViolation, other: ContractViolation): number {
  return other.candidateOnly - one.candidateOnly || other.both - one.both || other.primaryOnly - one.primaryOnly;
}

/** The sums of all endpoints; null if none of their responses was validated. */
export function sumContracts(all: readonly (ContractCounts | undefined)[]): ContractCounts | null {
  const validated = all.filter((each) => each !== undefined);
  if (validated.length === 0) return null;
  const sums = emptyCounts();
  for (const each of validated) for (const name of Object.values(NAMES)) sums[name] += each[name];
  return sums;
}
