import type { Section } from "../../model/difference.ts";
import type { PresetSuggestion } from "../../model/rule.ts";
import { formatPlural } from "../words/number-format.ts";

/** A group of header fields that one rule ignores: its path is `@` and the name. */
export interface RulePreset {
  readonly name: string;
  /** Completes `12 headers`. */
  readonly words: string;
  /** The reason of the rule. */
  readonly reason: string;
  /** Names or paths in lower case; `*` matches any characters. */
  readonly headers: readonly string[];
}

/** Begins no field name (RFC 9110 §5.1). */
const MARK = "@";
/** The pattern of a rule for every endpoint, as that of a preset. */
export const EVERY_ENDPOINT = "* /**";

/**
 * Fields that say how a service is built or run, and not what it responds. None of them decides who may read a response, where a
 * client goes, what it may cache or what it keeps: `Access-Control-*`, `Location`, `Cache-Control`, `Vary` and `Set-Cookie` are
 * in no preset.
 */
export const RULE_PRESETS: readonly RulePreset[] = [
  {
    name: "framework-headers",
    words: "of the framework",
    reason: "names and defaults of the framework: software, ids of requests, validators, timings",
    headers: [
      // Software.
      ...list("server x-powered-by x-generator x-aspnet-version x-aspnetmvc-version x-ua-compatible via"),
      ...list("x-served-by x-hostname x-backend-server"),
      // Ids and timings of requests.
      ...list("x-request-id request-id x-correlation-id x-trace-id traceparent tracestate traceresponse"),
      ...list("x-b3-* x-amzn-requestid x-amzn-trace-id x-cloud-trace-context x-runtime x-response-time"),
      ...list("x-process-time server-timing x-envoy-upstream-service-time"),
      // Validators and ranges: a body that differs is a difference of its own.
      ...list("etag last-modified accept-ranges"),
      // A charset is decoded before bodies are compared. Pragma has no meaning in responses (RFC 9111 §5.4).
      ...list("content-type.charset pragma"),
      // Defaults for browsers that need no policy of the service.
      ...list("x-content-type-options x-dns-prefetch-control x-download-options x-permitted-cross-domain-policies"),
      ...list("x-xss-protection origin-agent-cluster expect-ct"),
    ],
  },
  {
    name: "content-type-charset",
    words: "of charsets",
    reason: "the charset of a media type: bodies are decoded with it before they are compared",
    headers: ["content-type.charset"],
  },
  {
    name: "rate-limit-headers",
    words: "of rate limits",
    reason: "rate limits are counted by each server, and by each version of a library in its own way",
    headers: ["ratelimit", "ratelimit-*", "x-ratelimit-*", "x-rate-limit-*", "rate-limit-*"],
  },
  {
    name: "security-headers",
    words: "of browser policies",
    reason: "policies for browsers that a library such as helmet sets, reviewed separately",
    headers: [
      ...list("content-security-policy content-security-policy-report-only strict-transport-security"),
      ...list("x-frame-options referrer-policy permissions-policy feature-policy document-policy"),
      ...list("cross-origin-opener-policy cross-origin-embedder-policy cross-origin-resource-policy"),
      ...list("cross-origin-opener-policy-report-only cross-origin-embedder-policy-report-only"),
      ...list("x-content-type-options x-xss-protection reporting-endpoints report-to nel"),
    ],
  },
];

function list(names: string): readonly string[] {
  return names.split(" ");
}

/** The names of all presets. */
export const PRESET_NAMES: readonly string[] = RULE_PRESETS.map(({ name }) => name);

/** The path of the rule of a preset: `@framework-headers`. */
export function presetPath(name: string): string {
  return `${MARK}${name}`;
}

/** Whether the path of a rule names a preset, known or not. */
export function isPresetPath(path: string): boolean {
  return path.trim().startsWith(MARK);
}

/** The preset that the path of a rule names; undefined for the name of a field, and for an unknown preset. */
export function presetOf(path: string): RulePreset | undefined {
  if (!isPresetPath(path)) return undefined;
  const name = path.trim().slice(MARK.length).toLowerCase();
  return RULE_PRESETS.find((preset) => preset.name === name);
}

/** What can stand in place of the path of a rule that looks like a preset but names none; undefined for every other path. */
export function insteadOfPreset(section: Section, path: string): string | undefined {
  const isField = section === "header" || section === "trailer";
  if (!isField || !isPresetPath(path) || presetOf(path) !== undefined) return undefined;
  return `${PRESET_NAMES.map(presetPath).join(", ")}, or the name of a field`;
}

/** What adding a preset would hide: `hides 3 causes and parts of 1 cause`. */
export function presetEffect({ causes, partly }: Pick<PresetSuggestion, "causes" | "partly">): string {
  if (causes + partly === 0) return "hides no unreviewed cause";
  const parts = [
    ...(causes === 0 ? [] : [formatPlural(causes, "cause")]),
    ...(partly === 0 ? [] : [`parts of ${formatPlural(partly, "cause")}`]),
  ];
  return `hides ${parts.join(" and ")}`;
}
