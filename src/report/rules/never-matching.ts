import { isNeverCompared } from "../../compare/headers/never-compared.ts";
import { bodyPattern } from "../../compare/rules/rule-match.ts";
import { isSecretKey } from "../../compare/redact/masker.ts";
import { isDataKey } from "../../compare/tree/keys/dynamic-keys.ts";
import { createEndpointNamer } from "../../endpoints/endpoint-namer.ts";
import { unreachable } from "../../lib/unreachable.ts";
import type { Config } from "../../model/config.ts";
import type { DifferenceKind, Section } from "../../model/difference.ts";
import { rulePaths, type Rule } from "../../model/rule.ts";
import { fieldNameOf } from "../../presentation/words/header-path.ts";
import { isPresetPath } from "../../presentation/rules/rule-presets.ts";
import { parseStatusPath } from "../../presentation/statuses/status-change.ts";

/** What decides how requests are counted. */
export type MatchContext = Pick<Config, "routes"> & { readonly compare: Pick<Config["compare"], "endpoints"> };

/** A field of a rule because of which it never matches. */
export interface NeverMatching {
  readonly field: "endpoint" | "path" | "kind";
  /** The index of a path in the rule's list; undefined for a rule with one path. */
  readonly index?: number | undefined;
  /** Why, and what to write instead. */
  readonly message: string;
}

/** A problem at a path of the configuration. */
interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type RuleParts = Pick<Rule, "endpoint" | "section" | "path" | "kind">;

const KINDS: Readonly<Record<Section, readonly DifferenceKind[]>> = {
  body: ["missing", "extra", "type", "value", "order", "encoding", "parse", "truncated", "contract"],
  header: ["header", "missing", "extra", "order", "contract"],
  trailer: ["header", "missing", "extra", "order"],
  status: ["status", "contract"],
  transport: ["transport", "protocol-quirk"],
};
/** A word that no pattern turns into a parameter. */
const WORD = "word";
/** How Express, Rails and others write a parameter. */
const EXPRESS_PARAMETERS = /(?<=\/):([a-z_]\w*)(?=\/|$)/gi;

/** Rules, templates and covered endpoints of a configuration that never match a request or a difference. */
export function neverMatchingIn(config: MatchContext & Pick<Config, "compare" | "gate">): readonly ConfigProblem[] {
  const { rules, endpoints } = config.compare;
  return [
    ...rules
      .filter(({ source }) => source === "configuration")
      .flatMap((rule, index) =>
        neverMatches(rule, config).map(({ field, index: item, message }) => ({
          path: ["compare", "rules", index, field, ...(item === undefined ? [] : [item])],
          message,
        })),
      ),
    // Those of a contract follow the configured ones, and are not written here.
    ...endpoints.slice(0, endpoints.length - (config.gate.operations?.length ?? 0)).flatMap((template, index) => {
      const message = unusedTemplate(template, endpoints.slice(0, index));
      return message === undefined ? [] : [{ path: ["compare", "endpoints", index], message }];
    }),
    ...config.gate.coverage.flatMap((pattern, index) => {
      const message = endpointNeverMatches(pattern, config);
      return message === undefined ? [] : [{ path: ["gate", "coverage", index], message }];
    }),
  ];
}

/** Why a rule never matches, whatever the traffic. @returns empty if it can match */
export function neverMatches(rule: RuleParts, context: MatchContext): readonly NeverMatching[] {
  const endpoint = endpointNeverMatches(rule.endpoint, context);
  const { section, kind } = rule;
  return [
    ...(endpoint === undefined ? [] : [{ field: "endpoint", message: endpoint } as const]),
    ...rulePaths(rule).flatMap((path, index): NeverMatching[] => {
      const message = pathNeverMatches(rule, path);
      if (message === undefined) return [];
      return [{ field: "path", message, ...(typeof rule.path !== "string" && { index }) }];
    }),
    ...(kind === undefined || KINDS[section].includes(kind)
      ? []
      : [
          {
            field: "kind",
            message: `never matches: the ${section} section has no differences of the kind ${kind}; write one of ${KINDS[section].join(", ")}`,
          } as const,
        ]),
  ];
}

function endpointNeverMatches(pattern: string, { routes, compare }: MatchContext): string | undefined {
  const [, method, path = pattern] = /^(\S+)\s+(\S.*)$/.exec(pattern.trim()) ?? [];
  const mirrored = mirroredMethods(routes);
  if (method !== undefined && !method.includes("*") && mirrored.size > 0 && !mirrored.has(method)) {
    return `never matches: ${method} is not mirrored; mirrored are ${[...mirrored].join(", ")}: add it to methods of a candidate`;
  }
  if (path.search(EXPRESS_PARAMETERS) >= 0) {
    const suggestion = pattern.trim().replaceAll(EXPRESS_PARAMETERS, "*");
    return `never matches: :name is not a parameter of an endpoint; write ${suggestion}`;
  }
  const counted = countedPath(method, path, compare.endpoints);
  if (counted === path) return undefined;
  const suggestion = method === undefined ? counted : `${method} ${counted}`;
  return `never matches: ${path} is counted as ${counted}; write ${suggestion}`;
}

function mirroredMethods(routes: Config["routes"]): ReadonlySet<string> {
  return new Set(
    routes.flatMap(({ action }) =>
      action.type === "forward" ? action.candidates.flatMap(({ methods }) => [...methods]) : [],
    ),
  );
}

/** The path under which requests for a literal path are counted; with wildcards, the pattern that matches those names. */
function countedPath(method: string | undefined, path: string, templates: readonly string[]): string {
  const literal = method === undefined || method.includes("*") ? "GET" : method;
  if (!path.includes("*")) return pathOf(createEndpointNamer(templates)(literal, path));
  const nameByShape = createEndpointNamer([]);
  const written = new Set(templates.flatMap((template) => template.split("/")));
  return path
    .split("/")
    .map((segment) => {
      if (segment.includes("*") || written.has(segment)) return segment;
      return pathOf(nameByShape("GET", `/${WORD}/${segment}`)).slice(WORD.length + 2);
    })
    .join("/");
}

function pathOf(endpoint: string): string {
  return endpoint.slice(endpoint.indexOf(" ") + 1);
}

/** @param earlier the templates before it, of which the first match wins */
function unusedTemplate(template: string, earlier: readonly string[]): string | undefined {
  if (template.search(EXPRESS_PARAMETERS) >= 0) {
    return `never matches: :name is not a parameter; write ${template.replaceAll(EXPRESS_PARAMETERS, "{$1}")}`;
  }
  const own = templateParts(template);
  const first = earlier.find((one) => {
    const { method, segments } = templateParts(one);
    return (
      (method === undefined || method === own.method) &&
      segments.length === own.segments.length &&
      segments.every((segment, at) => /^\{.*\}$/.test(segment) || segment === own.segments[at])
    );
  });
  return first === undefined
    ? undefined
    : `never matches: ${first} comes first and matches the same paths; write it below`;
}

function templateParts(template: string): { method: string | undefined; segments: readonly string[] } {
  const [, method, path = template] = /^(?:([A-Za-z-]+)\s+)?(\S.*)$/.exec(template.trim()) ?? [];
  return { method: method?.toUpperCase(), segments: path.split("/") };
}

function pathNeverMatches({ section, endpoint }: RuleParts, path: string): string | undefined {
  switch (section) {
    case "body":
      return bodyPathNeverMatches(path);
    case "header":
    case "trailer":
      return nameNeverMatches(path, endpoint);
    case "status": {
      const pair = parseStatusPath(path);
      return pair !== undefined && pair.primary === pair.candidate
        ? "never matches: equal statuses are no difference; write the primary's and the candidate's status, such as 200->404"
        : undefined;
    }
    case "transport":
      return undefined;
    default:
      return unreachable(section);
  }
}

function bodyPathNeverMatches(path: string): string | undefined {
  for (const { step } of bodyPattern(path) ?? []) {
    if (step.type !== "member" || !(isDataKey(step.name) || isSecretKey(step.name, false))) continue;
    const { name } = step;
    const quoted = `['${name}']`;
    const writing = (text: string): string => path.trim().replace(path.includes(quoted) ? quoted : `.${name}`, text);
    const orElement = /^\d+$/.test(name) ? `, or ${writing("[*]")} if it is an array` : "";
    return `never matches: the key ${name} is data, and counted as {*}; write ${writing("{*}")}${orElement}`;
  }
  return undefined;
}

/** RFC 9110 §5.1, with `*` for any characters; `(103) link` is a field of an interim response. */
const FIELD_NAME = /^(?:\(\d{3}\)(?: |$))?[!#$%&'*+.^_`|~0-9a-z-]*$/i;

function nameNeverMatches(path: string, endpoint: string): string | undefined {
  const trimmed = path.trim();
  if (isPresetPath(trimmed)) return undefined;
  const name = fieldNameOf(trimmed).toLowerCase();
  if (!FIELD_NAME.test(name)) {
    const meant = name.split(/[:\s]/)[0] ?? "";
    const instead = FIELD_NAME.test(meant) && meant !== "" ? meant : "its name alone, such as x-build";
    return `never matches: ${trimmed} is not the name of a field; write ${instead}`;
  }
  if (name.startsWith("$.")) return `never matches: names of fields are no paths of a body; write ${name.slice(2)}`;
  if (isNeverCompared(name)) return `never matches: ${name} is never compared; remove the rule`;
  const method = /^(\S+)\s/.exec(endpoint.trim())?.[1] ?? "*";
  if (name === "content-length" && !method.includes("*") && method !== "HEAD") {
    return "never matches: content-length is compared only in responses to HEAD; remove the rule";
  }
  return undefined;
}
