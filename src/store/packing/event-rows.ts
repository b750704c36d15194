import type { Mark } from "../../model/explain/mark.ts";
import type { Isolation } from "../../model/isolate/isolation.ts";

/** Marks of a run that are kept, of each kind: an upstream that comes and goes does not push out deployments. */
export const MAX_MARKS_OF_KIND = 500;
/** Isolations of a run that are kept. */
export const MAX_ISOLATIONS = 200;

export interface MarkRow extends Mark {
  readonly runId: string;
}

export interface IsolationRow extends Pick<Isolation, "id" | "runId" | "candidate" | "startedAt"> {
  /** JSON. */
  readonly content: string;
}

export function encodeIsolation(isolation: Isolation): IsolationRow {
  const { id, runId, candidate, startedAt } = isolation;
  return { id, runId, candidate, startedAt, content: JSON.stringify(isolation) };
}

export function decodeIsolation({ content }: Pick<IsolationRow, "content">): Isolation {
  return JSON.parse(content) as Isolation;
}
