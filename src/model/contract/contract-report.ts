import type { Section } from "../difference.ts";

/** Exchanges on operations of the contract by how their responses keep to it; each is in one of the counts. */
export interface ContractCounts {
  /** Both responses conform. */
  readonly conforming: number;
  /** Somewhere only the candidate breaks the contract. */
  readonly candidateBreaks: number;
  /** Somewhere only the primary does, and the candidate nowhere but where the primary does too. */
  readonly primaryBreaks: number;
  /** Both, in the same places. */
  readonly bothBreak: number;
  /** A response is missing, incomplete or too large to be judged. */
  readonly notJudged: number;
}

/** A place where responses break the contract: in how many exchanges which of them does. */
export interface ContractViolation {
  readonly section: Section;
  /** As that of a difference. */
  readonly path: string;
  readonly candidateOnly: number;
  readonly primaryOnly: number;
  readonly both: number;
}

export interface EndpointContract extends ContractCounts {
  /** Those of the candidate alone first. */
  readonly violations: readonly ContractViolation[];
}

/** What a run has seen of its contract; the report of a run without one has none. */
export interface ContractReport {
  /** How many operations the contract has, and how many of them were compared. */
  readonly operations: number;
  readonly compared: number;
  /** Operations that were never compared, as endpoints. */
  readonly missing: readonly string[];
  /** Endpoints that were compared and are no operation of the contract. */
  readonly undocumented: readonly string[];
  /** Null if no response was validated. */
  readonly responses: ContractCounts | null;
}
