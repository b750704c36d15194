import type { Registry } from "prom-client";
import type { Config } from "../model/config.ts";
import { Counter, Gauge } from "./prometheus.ts";

export interface MainMetrics {
  restarted(thread: string): void;
  /** Sets whether the store can be used. */
  storeUp(up: boolean): void;
  /** Counts a reload of the configuration. */
  reloaded(success: boolean): void;
  paused(paused: boolean): void;
}

/**
 * Metrics of the main thread.
 * @param threads names of all threads, to create their restart counters with the value 0
 */
export function createMainMetrics(registry: Registry, version: string, threads: readonly string[] = []): MainMetrics {
  const registers = [registry];
  new Gauge({
    name: "shadowdiff_build_info",
    help: "Version of shadowdiff and of Node. The value is always 1.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  const restarts = new Counter({
    name: "shadowdiff_thread_restarts_total",
    help: "Restarts of a thread after it died.",
    labelNames: ["thread"],
    registers,
  });
  for (const thread of threads) restarts.inc({ thread }, 0);
  const store = new Gauge({
    name: "shadowdiff_store_up",
    help: "1 if captured exchanges can be stored, 0 if not.",
    registers,
  });
  const reloads = new Counter({
    name: "shadowdiff_config_reload_total",
    help: "Reloads of the configuration by result. failure: the previous configuration stays in force.",
    labelNames: ["result"],
    registers,
  });
  for (const result of ["success", "failure"]) reloads.inc({ result }, 0);
  const lastReload = new Gauge({
    name: "shadowdiff_config_last_reload_successful",
    help: "1 if the last reload of the configuration succeeded, 0 if it failed.",
    registers,
  });
  lastReload.set(1);
  const paused = new Gauge({
    name: "shadowdiff_mirroring_paused",
    help: "1 while the kill switch is on and no request is mirrored, otherwise 0.",
    registers,
  });
  paused.set(0);
  return {
    restarted: (thread) => restarts.inc({ thread }),
    storeUp: (up) => store.set(up ? 1 : 0),
    reloaded(success) {
      reloads.inc({ result: success ? "success" : "failure" });
      lastReload.set(success ? 1 : 0);
    },
    paused: (now) => paused.set(now ? 1 : 0),
  };
}

/** The names of all threads but the main thread. */
export function threadNames({ threads }: Config): string[] {
  return [...numbered("proxy", threads.proxy), ...numbered("compare", threads.compare), "store", "report"];
}

function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index}`);
}
