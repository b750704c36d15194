import { ConfigError } from "../../config/config-error.ts";
import { describeLocation } from "../../model/store/store-location.ts";
import type { Config } from "../../model/config.ts";
import type { ReplayCounts, ScheduledRequest } from "../../model/replay/replay-counts.ts";
import { HandOver } from "../../replay/drive/hand-over.ts";
import { replayConfig } from "./replay-config.ts";
import type { Running, ServeOptions } from "../serve-options.ts";
import { startServe } from "../start-serve.ts";

/** A comparison may take seconds, and a busy database as well. */
const COMMIT_MS = 120_000;
const STORE_TIMEOUT_MS = 60_000;
const NO_COUNTS: ReplayCounts = {
  taken: 0,
  takenBytes: 0,
  done: 0,
  sent: 0,
  primaryFailed: 0,
  unsent: new Map(),
  refused: 0,
  late: 0,
  latestMs: 0,
  isDone: false,
  outage: null,
};

export interface ReplayOptions extends Pick<ServeOptions, "effective" | "hasAdmin" | "logger"> {
  /** In the order of the recording. */
  readonly requests: AsyncIterable<ScheduledRequest>;
  /** Maximum of requests in flight. */
  readonly concurrency: number;
}

export interface RunningReplay extends Pick<Running, "run" | "store" | "adminUrl" | "storeError" | "droppedCopies"> {
  counts(): ReplayCounts;
  /**
   * Resolves when every request has ended, or the replay was stopped and nothing is in flight. Rejects when the recording cannot be
   * read, or when a thread has died.
   */
  readonly ended: Promise<void>;
  /** Sends nothing more. */
  stop(): void;
  /** Commits all captures, and closes everything. */
  close(): Promise<void>;
}

/**
 * Starts a process that sends recorded requests to all versions, instead of serving clients.
 * @throws ConfigError when nothing can be stored, or when the store's current run belongs to other processes
 */
export async function startReplay(config: Config, options: ReplayOptions): Promise<RunningReplay> {
  const { requests, concurrency, ...serveOptions } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let counts = NO_COUNTS;
  const handOver = new HandOver((batch) => running.post({ type: "replay", requests: batch }));
  const running = await startServe(replayConfig(config, concurrency), {
    ...serveOptions,
    replay: {
      storeTimeoutMs: STORE_TIMEOUT_MS,
      settings: { concurrency },
      onCounts(changed) {
        counts = changed;
        handOver.acknowledge(changed.taken, changed.takenBytes);
        if (changed.outage !== null) handOver.stop();
        if (changed.isDone) resolve();
      },
      onLoss() {
        handOver.stop();
        reject(new Error("the thread that sends the requests has died; its log says why"));
      },
    },
  });
  const problem = problemOf(running, config);
  if (problem !== null) {
    await running.drain();
    throw problem;
  }
  const end = (isStop: boolean): void => running.post({ type: "replay-end", isStop });
  handOver.run(requests).then(
    () => end(false),
    (error: unknown) => {
      end(true);
      reject(error);
    },
  );
  return {
    run: running.run,
    store: running.store,
    adminUrl: running.adminUrl,
    storeError: () => running.storeError(),
    droppedCopies: () => running.droppedCopies(),
    counts: () => counts,
    ended: promise,
    stop() {
      handOver.stop();
      end(true);
    },
    // Nothing is in flight when it has ended.
    close: () => running.drain(counts.isDone ? { graceMs: COMMIT_MS } : undefined),
  };
}

/** A replay is only worth its report. */
function problemOf({ store, hasJoinedRun }: Running, config: Config): ConfigError | null {
  const message =
    store.problem ??
    (hasJoinedRun ? "other processes count to the current run of this store, and a replay needs a separate run" : null);
  if (message === null) return null;
  const place = `--store ${describeLocation(config.store.location)}`;
  return new ConfigError([{ place, field: "", message, allowed: "another store" }]);
}
