import type { NativeDocument } from "../../config-document.ts";
import type { Problem } from "../../config-error.ts";
import { problemAt } from "../../values/schema-issues.ts";
import type { Settings } from "../../options/settings.ts";
import { nearest } from "../../values/suggest.ts";
import { routeName } from "./resolve-routes.ts";
import type { RouteDocument } from "./route-schema.ts";

/** What only makes sense where a request is sent on. */
const OF_FORWARDING = [
  "sticky",
  "rewrite",
  "headers",
  "timeout",
  "retries",
  "fault",
  "cors",
  "secondary",
  "selfCheck",
] as const;

/** What is wrong between the fields of routes. */
export function routeProblems({ subsets, routes }: NativeDocument, settings: Settings): readonly Problem[] {
  return [
    ...routes.flatMap((route, index) => [
      ...actionProblems(route, ["routes", index], settings),
      ...weightProblems(route, ["routes", index, "primary"], settings),
      ...noiseProblems(route, ["routes", index, "selfCheck"], settings),
      ...repeatedCandidates(route, ["routes", index, "candidates"], settings),
    ]),
    ...repeatedNames(routes, settings),
    ...unknownSubsets(routes, Object.keys(subsets), settings),
  ];
}

type Path = readonly (string | number)[];

/** A request is either sent on, or answered in one of two ways. */
function actionProblems(route: RouteDocument, path: Path, settings: Settings): readonly Problem[] {
  const given = (["primary", "redirect", "directResponse"] as const).filter((field) => route[field] !== undefined);
  const [first, second] = given;
  if (first === undefined) {
    return [problemAt(settings, [...path, "primary"], "missing", "a list; or redirect or directResponse instead")];
  }
  if (second !== undefined) {
    return [
      problemAt(settings, [...path, second], `${first} and ${second} cannot stand together; keep one`, "", "key"),
    ];
  }
  if (first === "primary") return [];
  const useless = [
    ...OF_FORWARDING.filter((field) => route[field] !== undefined),
    ...(route.candidates.length > 0 ? ["candidates"] : []),
  ];
  return useless.map((field) =>
    problemAt(settings, [...path, field], `${first} sends nothing on, so this has no effect; remove it`, "", "key"),
  );
}

function weightProblems({ primary = [] }: RouteDocument, path: Path, settings: Settings): readonly Problem[] {
  if (primary.length < 2) return [];
  const missing = primary.flatMap(({ weight }, index) => (weight === undefined ? [index] : []));
  if (missing.length > 0) {
    return missing.map((index) =>
      problemAt(settings, [...path, index, "weight"], "missing: each of several primaries needs one", "a whole number"),
    );
  }
  const sum = primary.reduce((total, { weight = 0 }) => total + weight, 0);
  return sum === 0 ? [problemAt(settings, path, "all weights are 0: no request could go anywhere")] : [];
}

/** Noise is told in one of two ways. */
function noiseProblems({ secondary, selfCheck }: RouteDocument, path: Path, settings: Settings): readonly Problem[] {
  if (secondary === undefined || selfCheck === undefined) return [];
  const message = "secondary and selfCheck cannot stand together; keep one, the secondary rather";
  return [problemAt(settings, path, message, "", "key")];
}

/** Counts are kept by the candidate's name, so a name can be a candidate of a route once. */
function repeatedCandidates({ candidates }: RouteDocument, path: Path, settings: Settings): readonly Problem[] {
  return candidates.flatMap(({ subset }, index) =>
    candidates.findIndex((other) => other.subset === subset) === index
      ? []
      : [problemAt(settings, [...path, index, "subset"], `"${subset}" is a candidate already`)],
  );
}

/** Counts are kept by the route's name too. */
function repeatedNames(routes: readonly RouteDocument[], settings: Settings): readonly Problem[] {
  const names = routes.map((route, index) => routeName(route, index, routes.length));
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return [];
    return [problemAt(settings, ["routes", index, "name"], `routes[${first}] is called "${name}" already`)];
  });
}

function unknownSubsets(
  routes: readonly RouteDocument[],
  known: readonly string[],
  settings: Settings,
): readonly Problem[] {
  const references = routes.flatMap(({ primary = [], candidates, secondary }, route) => [
    ...primary.map(({ subset }, index) => ({ subset, path: ["routes", route, "primary", index, "subset"] })),
    ...candidates.map(({ subset }, index) => ({ subset, path: ["routes", route, "candidates", index, "subset"] })),
    ...(secondary ? [{ subset: secondary.subset, path: ["routes", route, "secondary", "subset"] }] : []),
  ]);
  return references
    .filter(({ subset }) => !known.includes(subset))
    .map(({ subset, path }) => {
      const meant = nearest(subset, known);
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      return problemAt(settings, path, `no subset is called "${subset}"${hint}`, known.join(", "));
    });
}
