import { expect, it } from "vitest";
import type { ReplicaSummary } from "../../src/model/views/replicas.ts";
import { logJoin, logReplicaChanges } from "../../src/serve/replica-log.ts";
import { RUN } from "../store/store-fixture.ts";
import type { Logger } from "../../src/telemetry/logger.ts";

const FINE: ReplicaSummary = { live: 2, stalled: [], lost: [], differing: [] };

it("one line says which replica differs in which options, and one when it does no more; the same state is no line", () => {
  const lines: string[] = [];
  const add = (_: object, text: string): void => void lines.push(text);
  const log = { warn: add, info: add } as unknown as Logger;
  const other = { ...FINE, differing: [{ name: "b", sections: ["gate", "routes"] }] };
  logReplicaChanges(log, undefined, other);
  logReplicaChanges(log, other, { ...other, live: 3 });
  logReplicaChanges(log, other, { ...FINE, stalled: ["c"] });
  logReplicaChanges(log, { ...FINE, stalled: ["c"] }, { ...FINE, lost: ["c"] });
  expect(lines).toEqual([
    "the replica b has another configuration: gate, routes; configure all replicas alike",
    "the replica b differs no more",
    "the replica c has no heartbeat",
    "the replica c is lost: what it had not stored is missing",
  ]);
});

it("a replica that joins a run says whether its gate judges the run from now on", () => {
  const lines: string[] = [];
  const add = (_: object, text: string): void => void lines.push(text);
  const log = { warn: add, info: add } as unknown as Logger;
  logJoin(log, RUN, RUN);
  logJoin(log, RUN, { ...RUN, gate: { ...RUN.gate, parity: 0.5 } });
  expect(lines).toEqual([
    "this replica counts to the run of the other replicas",
    "this replica counts to the run of the other replicas",
    "gate of this replica applies to the whole run from now on",
  ]);
});
