import type { Registry } from "prom-client";
import { Counter, Gauge } from "./prometheus.ts";

export interface MainMetrics {
  restarted(thread: string): void;
  /** Whether the database can be used. */
  storeUp(up: boolean): void;
  /** The configuration was read anew, and taken or refused. */
  reloaded(success: boolean): void;
  paused(paused: boolean): void;
}

/**
 * What only the main thread knows.
 * @param threads names of all threads, so that their restarts are counted from a visible zero
 */
export function createMainMetrics(registry: Registry, version: string, threads: readonly string[] = []): MainMetrics {
  const registers = [registry];
  new Gauge({
    name: "shadowdiff_build_info",
    help: "Always 1; the labels say what runs.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  const restarts = new Counter({
    name: "shadowdiff_thread_restarts_total",
    help: "How often a thread died and was started again.",
    labelNames: ["thread"],
    registers,
  });
  for (const thread of threads) restarts.inc({ thread }, 0);
  const store = new Gauge({
    name: "shadowdiff_store_up",
    help: "1 while captured exchanges can be stored, 0 while they cannot.",
    registers,
  });
  const reloads = new Counter({
    name: "shadowdiff_config_reload_total",
    help: "How often the configuration was read anew; failure: the one before stayed in force.",
    labelNames: ["result"],
    registers,
  });
  for (const result of ["success", "failure"]) reloads.inc({ result }, 0);
  const lastReload = new Gauge({
    name: "shadowdiff_config_last_reload_successful",
    help: "0 while the configuration in force is not the one in its files.",
    registers,
  });
  lastReload.set(1);
  const paused = new Gauge({
    name: "shadowdiff_mirroring_paused",
    help: "1 while the kill switch is on: nothing is mirrored.",
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
