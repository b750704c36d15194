import { settlesWithin } from "../../lib/settles-within.ts";
import type {
  ConfigFingerprint,
  Replica,
  ReplicaIdentity,
  ReplicaReport,
  ReplicaState,
  SharedState,
} from "../../model/shared/replica.ts";
import type { ReplicaSummary, ReplicaView, Replicas } from "../../model/views/replicas.ts";

export interface ReplicaListOptions {
  readonly self: ReplicaIdentity;
  /** Whether other processes can share the store. */
  readonly isShared: boolean;
  /** What this replica says about itself now. */
  report(): ReplicaReport;
  /** Id of the run to which this replica counts. */
  runId(): string;
}

/** Some replicas have reached a state, and others have not. */
export interface Reached {
  /** Names. */
  readonly done: readonly string[];
  readonly waiting: readonly string[];
}

/** The replicas of the store, as they were last read. */
export class ReplicaList {
  readonly #options: ReplicaListOptions;
  #state: SharedState | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(options: ReplicaListOptions) {
    this.#options = options;
  }

  get isShared(): boolean {
    return this.#options.isShared;
  }

  get self(): ReplicaIdentity {
    return this.#options.self;
  }

  /** Takes what was read from the store. */
  update(state: SharedState): void {
    this.#state = state;
    for (const check of this.#watchers) check();
  }

  /** For the dashboard: this replica as it is now, the others as the store knows them. */
  view(): Replicas {
    const others = (this.#state?.replicas ?? []).filter(({ id }) => id !== this.#options.self.id);
    const own = this.#own();
    const differing = ({ config }: Replica): readonly string[] => differingSections(own.config, config);
    const all = [own, ...others].toSorted(
      (one, other) => compareTexts(one.name, other.name) || compareTexts(one.id, other.id),
    );
    return {
      shared: this.isShared,
      change: this.#state?.change ?? 0,
      replicas: all.map((each) => ({ ...each, self: each.id === own.id, differing: differing(each) })),
    };
  }

  /** Undefined if the store is not shared. */
  summary(): ReplicaSummary | undefined {
    if (!this.isShared) return undefined;
    const { replicas } = this.view();
    const inState = (state: ReplicaState): readonly ReplicaView[] => replicas.filter((each) => each.state === state);
    const live = inState("live");
    const lost = inState("lost").filter(
      ({ runId, name }) => runId === this.#options.runId() && live.every((other) => other.name !== name),
    );
    return {
      live: live.length,
      stalled: inState("stalled").map(({ name }) => name),
      lost: lost.map(({ name }) => name),
      differing: live
        .filter(({ differing }) => differing.length > 0)
        .map(({ name, differing: sections }) => ({ name, sections })),
    };
  }

  /**
   * Waits until all live replicas are in a state, for at most `timeoutMs` milliseconds. Replicas that end or are lost while it
   * waits are left out.
   */
  async reached(isDone: (replica: Replica) => boolean, timeoutMs: number): Promise<Reached> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (this.#live().every(isDone)) resolve();
    };
    this.#watchers.add(check);
    check();
    await settlesWithin(timeoutMs, promise);
    this.#watchers.delete(check);
    return this.reachedNow(isDone);
  }

  /** Which live replicas are in a state, as far as this one knows. */
  reachedNow(isDone: (replica: Replica) => boolean): Reached {
    const { done = [], waiting = [] } = Object.groupBy(this.#live(), (replica) =>
      isDone(replica) ? "done" : "waiting",
    );
    return { done: done.map(({ name }) => name), waiting: waiting.map(({ name }) => name) };
  }

  #live(): readonly Replica[] {
    return this.view().replicas.filter(({ state }) => state === "live");
  }

  #own(): Replica {
    const options = this.#options;
    return { ...options.self, ...options.report(), state: "live", heartbeatAgeMs: 0, runId: options.runId() };
  }
}

/** The top-level options that differ, in alphabetical order. */
function differingSections(one: ConfigFingerprint, other: ConfigFingerprint): readonly string[] {
  if (one.hash === other.hash) return [];
  const names = new Set([...Object.keys(one.sections), ...Object.keys(other.sections)]);
  return [...names].filter((name) => one.sections[name] !== other.sections[name]).toSorted(compareTexts);
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
