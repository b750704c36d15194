import type { Destination, Forward } from "../../model/routing.ts";
import type { ClientLease } from "../../upstream/client-registry.ts";
import { type HeaderChange, compileHeaderChange } from "../../http/header-changes.ts";
import type { UpstreamClient } from "../../upstream/leg.ts";
import { stickyDraw } from "../../upstream/sticky-draw.ts";
import type { RoutableHead } from "./match-conditions.ts";

/** A primary that a request may go to. */
export interface CompiledDestination {
  readonly subset: string;
  readonly client: UpstreamClient;
  /** It speaks HTTP/1.1, where a connection can change to another protocol. */
  readonly takesUpgrades: boolean;
  /** Of the route, then of the destination. */
  readonly changeRequest: HeaderChange | undefined;
  readonly changeResponse: HeaderChange | undefined;
}

/** Picks one by the weights. @returns the destination for a request */
export type Pick = (head: RoutableHead) => CompiledDestination;

/**
 * Compiles weighted destinations. The only one takes everything; of several those of weight 0 take nothing.
 * @param random uniform in [0, 1), for requests that no sticky key decides
 */
export function compileDestinations(forward: Forward, lease: ClientLease, random: () => number): Pick {
  const { destinations, sticky } = forward;
  const compiled = destinations.map((destination) => compile(forward, destination, lease));
  const [only] = compiled;
  if (only === undefined) throw new Error("a route that forwards has a destination");
  if (compiled.length === 1) return () => only;
  const pick = weighted(
    compiled,
    destinations.map(({ weight }) => weight),
  );
  if (sticky === undefined) return () => pick(random());
  return (head) => pick(stickyDraw("primary", sticky, { target: head.target, headers: head.received }) ?? random());
}

/**
 * Divides [0, 1) by weights.
 * @param weights one per item, their sum above 0
 * @returns the item whose part a draw lies in
 */
export function weighted<Item>(items: readonly Item[], weights: readonly number[]): (draw: number) => Item {
  const parts: { readonly item: Item; readonly end: number }[] = [];
  let sum = 0;
  for (const [index, item] of items.entries()) {
    const weight = weights[index] ?? 0;
    if (weight <= 0) continue;
    sum += weight;
    parts.push({ item, end: sum });
  }
  const last = parts.at(-1);
  if (last === undefined) throw new Error("the weights add up to nothing");
  return (draw) => (parts.find(({ end }) => draw * sum < end) ?? last).item;
}

function compile(
  { requestHeaders, responseHeaders }: Forward,
  destination: Destination,
  lease: ClientLease,
): CompiledDestination {
  return {
    subset: destination.subset.name,
    client: lease.clientTo("primary", destination.subset),
    takesUpgrades: destination.subset.protocol !== "h2",
    changeRequest: compileHeaderChange(requestHeaders, destination.requestHeaders),
    changeResponse: compileHeaderChange(responseHeaders, destination.responseHeaders),
  };
}
