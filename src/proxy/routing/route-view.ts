import { compileConditions } from "./match-conditions.ts";
import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import type {
  SecondaryPolicy,
  Destination,
  Fault,
  Forward,
  HeaderOperations,
  MirrorPolicy,
  Redirect,
  Rewrite,
  Route,
  StickyKey,
  UriRewrite,
} from "../../model/routing.ts";
import type { ConfiguredRoute } from "../../model/views/configuration.ts";
import { formatPercent, formatTimeout } from "../../presentation/words/number-format.ts";

/** A route in words, without credentials. @param port of the listener */
export function routeView(route: Route, port: number): ConfiguredRoute {
  const { name, hosts, matches, action } = route;
  return {
    name,
    hosts,
    requests: matches.map((match) => compileConditions(match, port).map(({ text }) => text)),
    goesTo: goesToText(route),
    mirroredTo: action.type === "forward" ? mirrorTexts(action) : [],
  };
}

function goesToText({ action }: Route): readonly string[] {
  if (action.type === "forward") return forwardTexts(action);
  if (action.type === "redirect") return [redirectText(action)];
  const { status, body } = action;
  return [`responds directly: ${status}${body === "" ? "" : `, ${body.length} characters`}`];
}

function forwardTexts(forward: Forward): readonly string[] {
  const { destinations, sticky, rewrite, timeoutMs, retries, fault, cors } = forward;
  return [
    ...destinationTexts(destinations),
    ...(sticky === undefined ? [] : [`sticky by ${keyText(sticky)}`]),
    ...(rewrite === undefined ? [] : rewriteTexts(rewrite)),
    ...operationTexts("request", forward.requestHeaders),
    ...operationTexts("response", forward.responseHeaders),
    ...(fault === undefined ? [] : faultTexts(fault)),
    ...(timeoutMs === undefined ? [] : [`timeout ${formatTimeout(timeoutMs)}`]),
    ...(retries === undefined ? [] : [retries.attempts === 1 ? "one retry" : `up to ${retries.attempts} retries`]),
    ...(cors === undefined ? [] : ["CORS handled by shadowdiff"]),
  ];
}

function destinationTexts(destinations: readonly Destination[]): readonly string[] {
  const sum = destinations.reduce((total, { weight }) => total + weight, 0);
  return destinations.flatMap(({ subset, weight, requestHeaders, responseHeaders }) => [
    destinations.length === 1 ? subset.name : `${subset.name} ${formatPercent((weight / sum) * 100)}`,
    ...operationTexts(`request to ${subset.name}`, requestHeaders),
    ...operationTexts(`response from ${subset.name}`, responseHeaders),
  ]);
}

function redirectText({ status, scheme, authority, port, uri }: Redirect): string {
  const parts = [
    ...(scheme === undefined ? [] : [`scheme ${scheme}`]),
    ...(authority === undefined ? [] : [`host ${authority}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(uri === undefined ? [] : [uriText(uri)]),
  ];
  return `redirects with ${status}: ${parts.join(", ")}`;
}

function rewriteTexts({ uri, authority }: Rewrite): readonly string[] {
  return [
    ...(uri === undefined ? [] : [`rewrites ${uriText(uri)}`]),
    ...(authority === undefined ? [] : [`rewrites host ${authority}`]),
  ];
}

function uriText(uri: UriRewrite): string {
  return uri.type === "replace" ? `path ${uri.value}` : `path s/${uri.source}/${uri.replacement}/`;
}

function faultTexts({ on, delay, abort }: Fault): readonly string[] {
  const legs = on === "both" ? "primary and candidates" : on;
  return [
    ...(delay === undefined
      ? []
      : [`fault on ${legs}: ${formatPercent(delay.percent)} delayed by ${formatTimeout(delay.ms)}`]),
    ...(abort === undefined
      ? []
      : [`fault on ${legs}: ${formatPercent(abort.percent)} aborted with ${abortText(abort)}`]),
  ];
}

function abortText({ status, grpcStatus }: NonNullable<Fault["abort"]>): string {
  return grpcStatus === undefined ? String(status) : `${status}, gRPC calls with grpc-status ${grpcStatus}`;
}

function operationTexts(what: string, { set, add, remove }: HeaderOperations): readonly string[] {
  const parts = [
    ...set.map(([name, value]) => `set ${name}: ${shownValue(name, value)}`),
    ...add.map(([name, value]) => `add ${name}: ${shownValue(name, value)}`),
    ...remove.map((name) => `remove ${name}`),
  ];
  return parts.map((part) => `${what}: ${part}`);
}

/** The output can end up in logs, which must not contain credentials. */
function shownValue(name: string, value: string): string {
  return isSensitiveName(name) ? "(hidden)" : value;
}

function mirrorTexts({ candidates, secondary }: Forward): readonly string[] {
  return [
    ...candidates.flatMap(candidateTexts),
    ...(secondary === undefined || candidates.length === 0
      ? []
      : [
          secondary.subset === "primary"
            ? `primary again (self-check)${laterText(secondary)}: ${formatPercent(secondary.percent)} of these with a safe method, to measure noise`
            : `${secondary.subset.name} ${formatPercent(secondary.percent)} of these, to measure noise`,
          ...(secondary.subset === "primary" || secondary.requestHeaders === undefined
            ? []
            : operationTexts(secondary.subset.name, secondary.requestHeaders)),
        ]),
  ];
}

function laterText({ delay }: SecondaryPolicy): string {
  if (delay === undefined) return "";
  const { minMs, maxMs } = delay;
  return minMs === maxMs ? ` after ${minMs} ms` : ` after ${minMs}–${maxMs} ms`;
}

function candidateTexts(policy: MirrorPolicy): readonly string[] {
  const { subset, percent, sticky, methods, host, requestHeaders } = policy;
  return [
    `${subset.name} ${formatPercent(percent)} of ${[...methods].join(", ")}`,
    ...(sticky === undefined ? [] : [`${subset.name}: sticky by ${keyText(sticky)}`]),
    ...(host.type === "keep"
      ? []
      : [`${subset.name}: host ${host.type === "literal" ? host.host : "with the suffix -shadow"}`]),
    ...operationTexts(subset.name, requestHeaders),
  ];
}

function keyText({ type, name }: StickyKey): string {
  return `${type === "query" ? "query parameter" : type} ${name}`;
}
