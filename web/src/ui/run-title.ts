import type { Run } from "../../../src/model/run.ts";
import { formatDateTime } from "./time.ts";

/** The name of a run; without one, when it started. Its id, which is then its name, means nothing to a reader. */
export function runTitle({ id, name, startedAt }: Pick<Run, "id" | "name" | "startedAt">): string {
  return name === id ? `Run of ${formatDateTime(startedAt)}` : name;
}
