import { MessageChannel } from "node:worker_threads";
import type { CompareSlot } from "./compare-pool.ts";
import type { ProxySlot } from "./proxy-pool.ts";
import type { StoreClient } from "./store-client.ts";

/**
 * Each function gives two running threads a port to each other; a thread that is being restarted is connected when it starts.
 * Captures never pass through the main thread.
 */

/** @param index of the compare thread */
export function connectProxyToCompare(proxy: ProxySlot, compare: CompareSlot, index: number): void {
  if (proxy.thread === undefined || compare.thread === undefined) return;
  const { port1, port2 } = new MessageChannel();
  compare.thread.post({ type: "proxy", port: port2 }, [port2]);
  proxy.thread.post({ type: "compare-started", index, port: port1 }, [port1]);
}

export function connectProxyToStore(proxy: ProxySlot, store: StoreClient["thread"]): void {
  if (store === undefined || proxy.thread === undefined) return;
  const { port1, port2 } = new MessageChannel();
  store.post({ type: "proxy", port: port2 }, [port2]);
  proxy.thread.post({ type: "store-started", port: port1 }, [port1]);
}

export function connectCompareToStore(compare: CompareSlot, store: StoreClient["thread"]): void {
  if (store === undefined || compare.thread === undefined) return;
  const { port1, port2 } = new MessageChannel();
  store.post({ type: "compare", port: port2 }, [port2]);
  compare.thread.post({ type: "store", port: port1 }, [port1]);
}
