import { Counter, Gauge, type Registry } from "prom-client";

export interface MainMetrics {
  restarted(thread: string): void;
  /** Whether the database can be used. */
  storeUp(up: boolean): void;
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
  return {
    restarted: (thread) => restarts.inc({ thread }),
    storeUp: (up) => store.set(up ? 1 : 0),
  };
}
