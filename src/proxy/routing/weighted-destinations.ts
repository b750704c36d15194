import type { Destination, Forward, Subset } from "../../model/routing.ts";
import type { ClientLease } from "../../upstream/client-registry.ts";
import { type HeaderChange, compileHeaderChange } from "../../http/header-operations.ts";
import type { UpstreamClient } from "../../upstream/leg.ts";
import { stickyDraw } from "../../upstream/sticky-draw.ts";
import type { RoutableHead } from "./match-conditions.ts";

/** A primary to which a route can send a request. */
export interface CompiledDestination {
  readonly subset: string;
  /** Host of a request without one. */
  readonly authority: string;
  readonly client: UpstreamClient;
  /** The primary speaks HTTP/1.1, where a connection can switch to another protocol. */
  readonly supportsUpgrade: boolean;
  /** Header operations of the route, followed by those of the destination. */
  readonly changeRequest: HeaderChange | undefined;
  readonly changeResponse: HeaderChange | undefined;
}

/** Picks a destination by sticky key or weight. */
export type PickDestination = (head: RoutableHead) => CompiledDestination;

/**
 * Compiles weighted destinations. A single destination receives all requests. Of several, those of weight 0 receive none.
 * @param random uniform in [0, 1), for requests without a sticky key
 */
export function compileDestinations(forward: Forward, lease: ClientLease, random: () => number): PickDestination {
  const { destinations, sticky } = forward;
  const compiled = destinations.map((destination) => compile(forward, destination, lease));
  const [only] = compiled;
  if (only === undefined) throw new Error("a forwarding route must have a destination");
  if (compiled.length === 1) return () => only;
  const pick = pickByWeight(
    compiled,
    destinations.map(({ weight }) => weight),
  );
  if (sticky === undefined) return () => pick(random());
  return (head) => pick(stickyDraw("primary", sticky, { target: head.target, headers: head.received }) ?? random());
}

/**
 * Divides [0, 1) in proportion to the weights.
 * @param weights one per item; their sum must be above 0
 * @returns a function that maps a draw in [0, 1) to an item
 */
export function pickByWeight<Item>(items: readonly Item[], weights: readonly number[]): (draw: number) => Item {
  const ranges: { readonly item: Item; readonly end: number }[] = [];
  let sum = 0;
  for (const [index, item] of items.entries()) {
    const weight = weights[index] ?? 0;
    if (weight <= 0) continue;
    sum += weight;
    ranges.push({ item, end: sum });
  }
  const last = ranges.at(-1);
  if (last === undefined) throw new Error("the sum of the weights must be above 0");
  return (draw) => (ranges.find(({ end }) => draw * sum < end) ?? last).item;
}

function compile(
  { requestHeaders, responseHeaders }: Forward,
  destination: Destination,
  lease: ClientLease,
): CompiledDestination {
  return {
    subset: destination.subset.name,
    authority: authorityOf(destination.subset),
    client: lease.clientTo("primary", destination.subset),
    supportsUpgrade: destination.subset.protocol !== "h2",
    changeRequest: compileHeaderChange(requestHeaders, destination.requestHeaders),
    changeResponse: compileHeaderChange(responseHeaders, destination.responseHeaders),
  };
}

/** Of the first instance, so that all requests to a subset carry the same. */
function authorityOf({ urls: [url] }: Subset): string {
  return url === undefined ? "" : new URL(url).host;
}
