import type { Forward, Route, Subset } from "../model/routing.ts";

/** The subsets that stand in one role in any route, each once, in the order in which the routes name them. */
export interface Roles {
  readonly primaries: readonly Subset[];
  readonly candidates: readonly Subset[];
  readonly secondaries: readonly Subset[];
  /** Those of the secondaries that are the primaries of a self-check. */
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
      return secondary === undefined || secondary.subset === "primary" ? askedTwice(forward) : [secondary.subset];
    }),
    selfChecked: distinct(askedTwice),
  };
}

function askedTwice({ secondary, destinations }: Forward): readonly Subset[] {
  return secondary?.subset === "primary" ? destinations.map(({ subset }) => subset) : [];
}

/** Stands in for a Host that a client of HTTP/1.0 may leave out: the authority of the first primary. */
export function defaultHostOf(routes: readonly Route[]): string {
  const [url] = rolesOf(routes).primaries[0]?.urls ?? [];
  return url === undefined ? "localhost" : new URL(url).host;
}
