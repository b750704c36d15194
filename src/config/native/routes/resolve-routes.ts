import type { Destination, Forward, MirrorPolicy, Route, SecondaryPolicy, Subset } from "../../../model/routing.ts";
import { NO_OPERATIONS } from "./header-operations-schema.ts";
import { breakerOf, selfCheckPolicy } from "./route-policies.ts";
import type { RouteDocument } from "./route-schema.ts";

const ONLY_ROUTE = "default";
/** A single primary receives all requests, whatever its weight. */
const SINGLE_WEIGHT = 100;

/** Converts validated routes. */
export function resolveRoutes(
  routes: readonly RouteDocument[],
  subsets: ReadonlyMap<string, Subset>,
): readonly Route[] {
  const subsetOf = (name: string): Subset => {
    const subset = subsets.get(name);
    if (subset === undefined) throw new Error(`unknown subset after validation: ${name}`);
    return subset;
  };
  return routes.map((route, index) => ({
    name: routeName(route, index, routes.length),
    hosts: route.hosts,
    matches: route.match,
    action: route.redirect ?? route.directResponse ?? forwardAction(route, subsetOf),
  }));
}

/** A route without a name is named after its position. */
export function routeName({ name }: RouteDocument, index: number, count: number): string {
  return name ?? (count === 1 ? ONLY_ROUTE : `route-${index + 1}`);
}

type SubsetOf = (name: string) => Subset;

function forwardAction(route: RouteDocument, subsetOf: SubsetOf): Forward {
  return {
    type: "forward",
    destinations: (route.primary ?? []).map(({ subset, weight, headers }): Destination => {
      return {
        subset: subsetOf(subset),
        weight: weight ?? SINGLE_WEIGHT,
        requestHeaders: headers.request,
        responseHeaders: headers.response,
      };
    }),
    sticky: route.sticky,
    rewrite: route.rewrite,
    requestHeaders: route.headers?.request ?? NO_OPERATIONS,
    responseHeaders: route.headers?.response ?? NO_OPERATIONS,
    timeoutMs: route.timeout,
    retries: route.retries,
    fault: route.fault,
    cors: route.cors,
    candidates: route.candidates.map((candidate): MirrorPolicy => {
      const { subset, percent, sticky, sampling, budget, floor, methods, timeout, maxInFlight, maxBufferedBytes } =
        candidate;
      return {
        subset: subsetOf(subset),
        percent,
        sticky,
        sampling: sampling === "verdict" ? { budget, floor } : undefined,
        methods: new Set(methods),
        timeoutMs: timeout,
        maxInFlight,
        maxBufferedBytes,
        host: candidate.host,
        requestHeaders: candidate.headers,
        breaker: breakerOf(candidate.breaker),
      };
    }),
    secondary: secondaryOf(route, subsetOf),
  };
}

function secondaryOf(
  { secondary, selfCheck, selfCheckDelay }: RouteDocument,
  subsetOf: SubsetOf,
): SecondaryPolicy | undefined {
  if (secondary === undefined) return selfCheckPolicy(selfCheck, selfCheckDelay);
  const { percent, timeout, maxInFlight, maxBufferedBytes, headers } = secondary;
  return {
    subset: subsetOf(secondary.subset),
    percent,
    timeoutMs: timeout,
    maxInFlight,
    maxBufferedBytes,
    requestHeaders: headers,
  };
}
