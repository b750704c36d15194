import type { Forward, Route, Subset } from "../model/routing.ts";

/** The subsets by role over all routes, without duplicates, in the order of the routes. */
export interface Roles {
  readonly primaries: readonly Subset[];
  readonly candidates: readonly Subset[];
  readonly secondaries: readonly Subset[];
  /** The secondaries that are primaries of routes with a self-check. */
  readonly selfChecked: readonly Subset[];
}

export function rolesOf(routes: readonly Route[]): Roles {
  const forwards = routes.flatMap(({ action }) => (action.type === "forward" ? [action] : []));
  const distinct = (subsetsOf: (forward: Forward) => readonly Subset[]): readonly Subset[] => [
    ...new Map(forwards.flatMap(subsetsOf).map((subset) => [subset.name, subset])).values(),
  ];
  return {
    primaries: distinct(({ destinations }) => destinations.map(({ subset }) => subset)),
    candidates: distinct(({ candidates }) => candidates.map(({ subset }) => subset)),
    secondaries: distinct((forward) => {
      const { secondary } = forward;
      return secondary === undefined || secondary.subset === "primary"
        ? selfCheckedSubsets(forward)
        : [secondary.subset];
    }),
    selfChecked: distinct(selfCheckedSubsets),
  };
}

function selfCheckedSubsets({ secondary, destinations }: Forward): readonly Subset[] {
  return secondary?.subset === "primary" ? destinations.map(({ subset }) => subset) : [];
}

/** The Host of a request for `check` that names none: the authority of the first primary. */
export function defaultHostOf(routes: readonly Route[]): string {
  const [url] = rolesOf(routes).primaries[0]?.urls ?? [];
  return url === undefined ? "localhost" : new URL(url).host;
}
