import type { NativeDocument } from "../../config-document.ts";
import type { Problem } from "../../config-error.ts";
import { problemAt } from "../../values/schema-issues.ts";
import type { FieldPath } from "../../options/option.ts";
import type { Settings } from "../../options/settings.ts";
import { nearest } from "../../values/suggest.ts";
import { routeName } from "./resolve-routes.ts";
import type { RouteDocument } from "./route-schema.ts";

/** Fields that only apply to routes that forward requests. */
const FORWARDING_FIELDS = [
  "sticky",
  "rewrite",
  "headers",
  "timeout",
  "retries",
  "fault",
  "cors",
  "secondary",
  "selfCheck",
  "selfCheckDelay",
] as const;

/** Conflicts between the fields of routes. */
export function routeProblems({ subsets, routes }: NativeDocument, settings: Settings): readonly Problem[] {
  return [
    ...routes.flatMap((route, index) => [
      ...actionProblems(route, ["routes", index], settings),
      ...weightProblems(route, ["routes", index, "primary"], settings),
      ...noiseProblems(route, ["routes", index], settings),
      ...repeatedCandidates(route, ["routes", index, "candidates"], settings),
      ...samplingProblems(route, ["routes", index, "candidates"], settings),
    ]),
    ...repeatedNames(routes, settings),
    ...unknownSubsets(routes, Object.keys(subsets), settings),
  ];
}

/** A route forwards, redirects or responds directly. */
function actionProblems(route: RouteDocument, path: FieldPath, settings: Settings): readonly Problem[] {
  const present = (["primary", "redirect", "directResponse"] as const).filter((field) => route[field] !== undefined);
  const [first, second] = present;
  if (first === undefined) {
    return [
      problemAt(
        settings,
        [...path, "primary"],
        "missing",
        "a list of primaries, or redirect or directResponse instead",
      ),
    ];
  }
  if (second !== undefined) {
    return [problemAt(settings, [...path, second], `${first} and ${second} are mutually exclusive`, "", "key")];
  }
  if (first === "primary") return [];
  const ineffective = [
    ...FORWARDING_FIELDS.filter((field) => settings.at([...path, field]) !== undefined),
    ...(route.candidates.length > 0 ? ["candidates"] : []),
  ];
  return ineffective.map((field) =>
    problemAt(settings, [...path, field], `has no effect in a route with ${first}; remove it`, "", "key"),
  );
}

function weightProblems({ primary = [] }: RouteDocument, path: FieldPath, settings: Settings): readonly Problem[] {
  if (primary.length < 2) return [];
  const missing = primary.flatMap(({ weight }, index) => (weight === undefined ? [index] : []));
  if (missing.length > 0) {
    return missing.map((index) =>
      problemAt(
        settings,
        [...path, index, "weight"],
        "missing; with several primaries each requires a weight",
        "a whole number",
      ),
    );
  }
  const sum = primary.reduce((total, { weight = 0 }) => total + weight, 0);
  return sum === 0 ? [problemAt(settings, path, "all weights are 0; at least one must be greater")] : [];
}

/** Noise is measured by a secondary or by a self-check, at `path`: a route, or the mirror settings of Istio documents. */
export function noiseProblems(
  { secondary, selfCheck }: { readonly secondary?: unknown; readonly selfCheck?: number | undefined },
  path: FieldPath,
  settings: Settings,
): readonly Problem[] {
  const delayPath = [...path, "selfCheckDelay"];
  if (selfCheck === undefined) {
    if (settings.at(delayPath) === undefined) return [];
    return [problemAt(settings, delayPath, "has no effect without selfCheck; remove it", "", "key")];
  }
  if (secondary === undefined) return [];
  const message = "secondary and selfCheck are mutually exclusive; prefer the secondary";
  return [problemAt(settings, [...path, "selfCheck"], message, "", "key")];
}

/** Fields of sampling by verdict. */
function samplingProblems({ candidates }: RouteDocument, path: FieldPath, settings: Settings): readonly Problem[] {
  return candidates.flatMap(({ sampling, percent, floor }, index) => {
    const at = (field: string): FieldPath => [...path, index, field];
    if (sampling === "uniform") {
      const message = "has no effect without sampling: verdict; add that, or remove it";
      return ["budget", "floor"]
        .filter((field) => settings.at(at(field)) !== undefined)
        .map((field) => problemAt(settings, at(field), message, "", "key"));
    }
    if (floor <= percent || percent === 0) return [];
    return [
      problemAt(settings, at("floor"), `${floor} is above the percentage of the candidate`, `at most ${percent}`),
    ];
  });
}

/** Counts are stored by the candidate's name, so a route can have a candidate only once. */
function repeatedCandidates({ candidates }: RouteDocument, path: FieldPath, settings: Settings): readonly Problem[] {
  return candidates.flatMap(({ subset }, index) =>
    candidates.findIndex((other) => other.subset === subset) === index
      ? []
      : [problemAt(settings, [...path, index, "subset"], `duplicate candidate "${subset}"`)],
  );
}

/** Counts are stored by the route's name. */
function repeatedNames(routes: readonly RouteDocument[], settings: Settings): readonly Problem[] {
  const names = routes.map((route, index) => routeName(route, index, routes.length));
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return [];
    return [
      problemAt(
        settings,
        ["routes", index, "name"],
        `duplicate route name "${name}", already used by routes[${first}]`,
      ),
    ];
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
      return problemAt(settings, path, `unknown subset "${subset}"${hint}`, known.join(", "));
    });
}
