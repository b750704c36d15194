import { isDeepStrictEqual } from "node:util";
import { formatNames } from "../presentation/words/difference-words.ts";
import type { Run } from "../model/run.ts";
import type { ReplicaSummary } from "../model/views/replicas.ts";
import type { Logger } from "../telemetry/logger.ts";

const NONE: ReplicaSummary = { live: 0, stalled: [], lost: [], differing: [] };

/** Logs what needs attention and did not before: one line for each replica. */
export function logReplicaChanges(log: Logger, before: ReplicaSummary = NONE, after: ReplicaSummary = NONE): void {
  for (const { name, sections } of after.differing) {
    const known = before.differing.find((each) => each.name === name);
    if (known?.sections.join() === sections.join()) continue;
    const text = `the replica ${name} has another configuration: ${formatNames(sections)}; configure all replicas alike`;
    log.warn({ replica: name, options: sections }, text);
  }
  for (const { name } of before.differing) {
    if (after.differing.every((each) => each.name !== name))
      log.info({ replica: name }, `the replica ${name} differs no more`);
  }
  for (const name of after.stalled) {
    if (!before.stalled.includes(name)) log.warn({ replica: name }, `the replica ${name} has no heartbeat`);
  }
  for (const name of after.lost) {
    if (!before.lost.includes(name))
      log.warn({ replica: name }, `the replica ${name} is lost: what it had not stored is missing`);
  }
}

/**
 * Logs that a replica counts to a run that others have begun, and whether it changes how that run is judged: as with a reload, the
 * configuration that was loaded last decides.
 * @param own the run with the configuration of this replica
 */
export function logJoin(log: Logger, joined: Run, own: Run): void {
  const fields = { run: joined.id, name: joined.name };
  log.info(fields, "this replica counts to the run of the other replicas");
  const changed = (["gate", "rules"] as const).filter((part) => !isDeepStrictEqual(joined[part], own[part]));
  for (const part of changed) log.warn(fields, `${part} of this replica applies to the whole run from now on`);
}
