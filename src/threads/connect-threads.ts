import { MessageChannel } from "node:worker_threads";
import type { CompareSlot } from "./compare-pool.ts";
import type { ProxySlot } from "./proxy-pool.ts";
import type { StoreClient } from "./store-client.ts";

/**
 * Each function gives two running threads a port to each other; a thread that is being restarted is connected when it starts.
 * Captures never pass through the main thread.
 */

/** The threads of a kind, in the order of their indexes. */
interface Pool<Slot> {
  readonly slots: readonly Slot[];
}

/** Connects a proxy thread that has started. */
export function connectProxy(proxy: ProxySlot, compares: Pool<CompareSlot>, store: StoreClient["thread"]): void {
  connectProxyToStore(proxy, store);
  for (const [index, compare] of compares.slots.entries()) connectProxyToCompare(proxy, compare, index);
}

/** Connects a compare thread that has started. */
export function connectCompare(
  { compare, index }: { readonly compare: CompareSlot; readonly index: number },
  proxies: Pool<ProxySlot>,
  store: StoreClient["thread"],
): void {
  connectCompareToStore(compare, store);
  for (const proxy of proxies.slots) connectProxyToCompare(proxy, compare, index);
}

/** Connects a store thread that has started. */
export function connectStore(
  store: StoreClient["thread"],
  proxies: Pool<ProxySlot>,
  compares: Pool<CompareSlot>,
): void {
  for (const proxy of proxies.slots) connectProxyToStore(proxy, store);
  for (const compare of compares.slots) connectCompareToStore(compare, store);
}

function connectProxyToCompare(proxy: ProxySlot, compare: CompareSlot, index: number): void {
  if (proxy.thread === undefined || compare.thread === undefined) return;
  const { port1, port2 } = new MessageChannel();
  compare.thread.post({ type: "proxy", port: port2 }, [port2]);
  proxy.thread.post({ type: "compare-started", index, port: port1 }, [port1]);
}

function connectProxyToStore(proxy: ProxySlot, store: StoreClient["thread"]): void {
  if (store === undefined || proxy.thread === undefined) return;
  const { port1, port2 } = new MessageChannel();
  store.post({ type: "proxy", port: port2 }, [port2]);
  proxy.thread.post({ type: "store-started", port: port1 }, [port1]);
}

function connectCompareToStore(compare: CompareSlot, store: StoreClient["thread"]): void {
  if (store === undefined || compare.thread === undefined) return;
  const { port1, port2 } = new MessageChannel();
  store.post({ type: "compare", port: port2 }, [port2]);
  compare.thread.post({ type: "store", port: port1 }, [port1]);
}
