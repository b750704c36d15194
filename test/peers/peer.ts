import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { ExtraName } from "./exchanges.ts";

/** The programs that the servers run. */
export const APPS = join(import.meta.dirname, "apps");
/** How long the servers keep idle connections: shorter than a client does. */
export const IDLE_MS = 1_000;

/** A server that serves the paths of the exchanges. */
export interface Peer {
  readonly name: string;
  /** @returns the version as the program states it */
  readonly version: () => string;
  readonly start: () => Promise<RunningPeer>;
  /** Exchanges beyond the common ones. */
  readonly extras: readonly ExtraName[];
  /** How long it keeps idle connections; undefined if it keeps none. */
  readonly idleMs?: number;
  /** The protocol between shadowdiff and the server. */
  readonly protocol?: "h2";
}

export interface RunningPeer {
  /** For direct calls over HTTP/1.1. */
  readonly url: string;
  /** For shadowdiff; default: the same. */
  readonly upstreamUrl?: string;
  /** The certificate authority of `https:`. */
  readonly caFile?: string;
  readonly stop: () => Promise<void>;
}

/** @returns what the first group of the pattern finds in the output of a program */
export function versionFrom(command: string, args: readonly string[], pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return pattern.exec(stdout + stderr)?.[1] ?? "unknown";
}
