import { ReplicaList } from "../../../src/admin/replicas/replica-list.ts";
import type { ControlChange, ControlState } from "../../../src/model/control.ts";
import { applyControlEdit, type ControlEdit, type ListedControl } from "../../../src/model/shared/control-edit.ts";
import type { Replica, ReplicaReport, SharedState } from "../../../src/model/shared/replica.ts";
import { HEALTHY, RUN, STATUS } from "../admin-fixture.ts";

const { version, startedAt, listenUrl, adminUrl } = STATUS;

export const REPORT: ReplicaReport = {
  version,
  startedAt,
  listenUrl,
  adminUrl,
  config: { hash: "one", sections: { gate: "g1", routes: "r1", subsets: "s1" } },
  health: HEALTHY,
  applied: 0,
};

/** A live replica with the configuration of `REPORT`. */
export function replicaNamed(name: string, parts: Partial<Replica> = {}): Replica {
  return { id: `id-${name}`, name, ...REPORT, state: "live", heartbeatAgeMs: 100, runId: RUN.id, ...parts };
}

export function sharedState(parts: Partial<SharedState> = {}): SharedState {
  return { change: 1, control: { paused: false, percents: [] }, changes: [], run: RUN, replicas: [], ...parts };
}

/** The list as replica `a` sees it. */
export function listOfA(report: () => ReplicaReport = () => REPORT, runId: () => string = () => RUN.id): ReplicaList {
  return new ReplicaList({ self: { id: "id-a", name: "a" }, isShared: true, report, runId });
}

/** A shared store in memory, for the control. */
export class MemoryControl {
  error: string | null = null;
  state: SharedState = sharedState();
  readonly followers: ((state: SharedState) => void)[] = [];

  /** Like another replica that has written an edit. */
  readonly write = (edit: ControlEdit): Promise<string | null> => {
    if (this.error !== null) return Promise.resolve(this.error);
    const listed: ListedControl = applyControlEdit(this.state, edit);
    this.state = { ...this.state, ...listed, change: this.state.change + 1 };
    for (const follow of this.followers) follow(this.state);
    return Promise.resolve(null);
  };

  get control(): ControlState {
    return this.state.control;
  }

  get texts(): readonly string[] {
    return this.state.changes.map(textOf);
  }
}

export function textOf({ what, before, after, by, replica = "-" }: ControlChange): string {
  return `${what}: ${before} → ${after} by ${by} on ${replica}`;
}
