import type { Run } from "../model/run.ts";
import type { EffectiveOption } from "../model/views/configuration.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ReplayCounts } from "../model/replay/replay-counts.ts";
import type { ReplaySettings, UnconfirmedMessage } from "../threads/thread-messages.ts";
import type { MarkedEvent } from "./marks/automatic-marks.ts";
import type { ConfigSource } from "./merge-reload.ts";

export interface ServeOptions {
  /** The source of the configuration, whose files are watched. Undefined: the configuration cannot be reloaded. */
  readonly source?: ConfigSource | undefined;
  /** The options of the configuration with their sources, as they were loaded. */
  readonly effective?: readonly EffectiveOption[] | undefined;
  readonly webRoot?: string | undefined;
  readonly logger?: Logger | undefined;
  /** Whether dashboard, API and metrics are served; by default they are. */
  readonly hasAdmin?: boolean | undefined;
  /** The proxy thread sends the requests of a recording, and has no listener. */
  readonly replay?: ReplayHooks | undefined;
}

interface ReplayHooks {
  /** How long the start waits for a slow database: without a client, there is no hurry. */
  readonly storeTimeoutMs: number;
  readonly settings: ReplaySettings;
  onCounts(counts: ReplayCounts): void;
  /** The proxy thread has died, with the requests that it had. */
  onLoss(): void;
}

/** How long a process that ends waits, in milliseconds. */
export interface GraceLimits {
  /** For requests in flight, and then for mirrored requests and their captures. */
  readonly graceMs: number;
}

export interface Running {
  /** The first run. Another one may begin while the process runs. */
  readonly run: Run;
  /** Where the results are stored, and why they are not: an absolute path, or a URL without its password. */
  readonly store: { readonly path: string; readonly isNew: boolean; readonly problem: string | null };
  /** Serves the clients; empty for a replay. */
  readonly proxyUrl: string;
  /** Serves dashboard, API and metrics; empty without an admin listener. */
  readonly adminUrl: string;
  /** Requests are counted to a run that other processes have begun. */
  readonly hasJoinedRun: boolean;
  /** Why nothing can be stored at the moment, or null. */
  storeError(): string | null;
  /** Copies that were dropped since the start. */
  droppedCopies(): number;
  /** Marks an event in the current run. */
  mark(event: MarkedEvent): void;
  /** Sends a message to the proxy threads. */
  post(message: UnconfirmedMessage): void;
  /** Reloads the configuration. When it is invalid, the previous one stays active, and the status shows the error. */
  readonly reload: () => void;
  /** Stops accepting traffic, lets requests in flight end, commits all captures, and closes everything. */
  drain(limits?: GraceLimits): Promise<void>;
}
