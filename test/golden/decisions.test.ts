import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadIstio } from "../../src/config/istio/load-istio.ts";
import type { DirectResponse, Forward, HeaderOperations, Redirect, RequestMatch } from "../../src/model/routing.ts";
import { compileRedirect } from "../../src/proxy/exchange/local-response.ts";
import { compileRewrite } from "../../src/proxy/routing/path-rewrite.ts";
import { createRouter } from "../../src/proxy/routing/router.ts";
import { EXAMPLES, filesOf, loadOptions, type Documents } from "./documents.ts";

interface Scenario extends Documents {
  readonly about: string;
  readonly listenPort?: number;
  readonly requests: readonly Request[];
}

interface Request {
  /** `GET /path?query` */
  readonly request: string;
  readonly host?: string;
  readonly port?: number;
  readonly scheme?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: 404 | (Readonly<Record<string, unknown>> & { readonly route?: string });
}

const FILES = [
  "seeds",
  "match",
  "mirrors",
  "responses",
  "hosts",
  "route-rules",
  "http-routes",
  "grpc-routes",
  "delegates",
];
const LISTENER_PORT = 8080;

function scenariosOf(file: string): readonly Scenario[] {
  return parse(readFileSync(join(import.meta.dirname, `${file}.yaml`), "utf8")) as readonly Scenario[];
}

describe.each(FILES)("golden decisions: %s", (file) => {
  describe.each(scenariosOf(file))("$about", (scenario) => {
    const loaded = loadIstio(filesOf(scenario), loadOptions(scenario));

    it("loads without an error", () => {
      expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(loaded.listenPort).toBe(scenario.listenPort);
    });

    it.each(scenario.requests)("$request $host $headers", (request) => {
      expect(decideRequest(loaded.routes, request)).toEqual(request.expect);
    });
  });
});

it("every example of Istio has golden cases", () => {
  const used = new Set(scenariosOf("seeds").flatMap(({ files }) => files ?? []));
  const examples = readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml"));
  expect([...used].sort()).toEqual(examples.sort());
});

it("no decision is missing", () => {
  const scenarios = FILES.flatMap(scenariosOf);
  expect([scenarios.length, scenarios.flatMap(({ requests }) => requests).length]).toEqual([98, 316]);
});

/** The decision for a request, without default values. */
function decideRequest(routes: Parameters<typeof createRouter>[0], request: Request): unknown {
  const [method = "", target = ""] = request.request.split(" ").map((part) => part.replaceAll('"', ""));
  const received = [["Host", request.host ?? "httpbin"], ...Object.entries(request.headers ?? {})].flat();
  const head = {
    method,
    target,
    scheme: request.scheme ?? "http",
    authority: request.host ?? "httpbin",
    received,
  };
  const decision = createRouter(routes, request.port ?? LISTENER_PORT)(head);
  if (decision === null) return 404;
  const { route, match } = decision;
  const isNamed = request.expect !== 404 && request.expect.route !== undefined;
  const response =
    route.action.type === "forward" ? forwarded(route.action, head, match) : responded(route.action, head, match);
  return isNamed ? { route: route.name, ...response } : response;
}

function responded(
  action: Redirect | DirectResponse,
  head: Parameters<ReturnType<typeof compileRedirect>>[0],
  match: RequestMatch | null,
): object {
  if (action.type === "redirect") {
    const { status, fields } = compileRedirect(action)(head, match);
    return { status, location: fields[1] };
  }
  const { status, headers, body } = action;
  return {
    status,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(body !== "" && { body }),
  };
}

function forwarded(
  action: Forward,
  { method, target }: { readonly method: string; readonly target: string },
  match: RequestMatch | null,
): object {
  const sum = action.destinations.reduce((total, { weight }) => total + weight, 0);
  const shares = action.destinations.map(({ subset, weight }) => [subset.name, (100 * weight) / sum]);
  const path = action.rewrite?.uri && compileRewrite(action.rewrite.uri)(target, match);
  const copies = action.candidates.filter(({ methods }) => methods.has(method));
  const requestHeaders = operations([action.requestHeaders, ...action.destinations.map((one) => one.requestHeaders)]);
  const responseHeaders = operations([
    action.responseHeaders,
    ...action.destinations.map((one) => one.responseHeaders),
  ]);
  return withoutUndefined({
    to: shares.length === 1 ? action.destinations[0]?.subset.name : Object.fromEntries(shares),
    mirror: copies.length > 0 ? Object.fromEntries(copies.map((one) => [one.subset.name, one.percent])) : undefined,
    path: path === target ? undefined : path,
    host: action.rewrite?.authority,
    timeout: action.timeoutMs,
    retries: action.retries,
    fault: action.fault && withoutUndefined(action.fault),
    cors: action.cors && withoutUndefined(action.cors),
    requestHeaders,
    responseHeaders,
  });
}

/** Of the route and of its only destination. */
function operations(all: readonly HeaderOperations[]): unknown {
  const set = Object.fromEntries(all.flatMap((one) => one.set));
  const add = Object.fromEntries(all.flatMap((one) => one.add));
  const remove = all.flatMap((one) => one.remove);
  const found = {
    ...(Object.keys(set).length > 0 && { set }),
    ...(Object.keys(add).length > 0 && { add }),
    ...(remove.length > 0 && { remove }),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
