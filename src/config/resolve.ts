import { readFileSync } from "node:fs";
import type { Config, Route, Subset } from "../model/config.ts";
import { ConfigError } from "./config-error.ts";
import type { Document } from "./document.ts";
import { problemAt } from "./issues.ts";
import type { Environment, Settings } from "./settings.ts";

/** The token itself, for where files are unhandy; never a flag, which every user of the machine could read. */
const TOKEN_VARIABLE = "SHADOWDIFF_ADMIN_TOKEN";
/** RFC 6750 §2.1: what a bearer token may consist of. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The checked document as the program uses it.
 * @throws ConfigError when the token cannot be read
 */
export function resolve(document: Document, settings: Settings, env: Environment): Config {
  const { runName, listen, admin, store, retention, upstream, capture, compare, threads, gate } = document;
  const subsets = new Map(Object.entries(document.subsets).map(([name, { url }]) => [name, { name, url }]));
  return {
    runName,
    listen,
    admin: {
      listen: admin.listen,
      token: adminToken(document, settings, env),
      allowedHosts: admin.allowedHosts,
    },
    store: { path: store, retention: { maxAgeMs: retention.maxAge, maxBytes: retention.maxBytes } },
    subsets,
    route: resolveRoute(document, subsets),
    upstream: {
      connectTimeoutMs: upstream.connectTimeout,
      headTimeoutMs: upstream.headTimeout,
      idleTimeoutMs: upstream.idleTimeout,
    },
    capture,
    compare: {
      endpoints: compare.endpoints,
      maxEndpoints: compare.maxEndpoints,
      maxDifferenceSets: compare.maxDifferenceSets,
      samplesPerDifference: compare.samplesPerDifference,
      maxDecodedBytes: compare.maxDecodedBytes,
      timeoutMs: compare.timeout,
    },
    threads,
    gate,
  };
}

function resolveRoute({ routes: [route] }: Document, subsets: ReadonlyMap<string, Subset>): Route {
  const [primary] = route?.primary ?? [];
  if (route === undefined || primary === undefined) throw new Error("the schema lets no document without a route pass");
  const subsetOf = (name: string): Subset => {
    const subset = subsets.get(name);
    if (subset === undefined) throw new Error(`the checks let no unknown subset pass: ${name}`);
    return subset;
  };
  const { secondary } = route;
  return {
    name: route.name,
    primary: subsetOf(primary.subset),
    candidates: route.candidates.map(({ subset, percent, methods, timeout, maxInFlight }) => ({
      subset: subsetOf(subset),
      percent,
      methods: new Set(methods),
      timeoutMs: timeout,
      maxInFlight,
    })),
    secondary: secondary && {
      subset: subsetOf(secondary.subset),
      percent: secondary.percent,
      timeoutMs: secondary.timeout,
    },
  };
}

/** The file wins when it is named on the command line or in the document; the variable stands alone. */
function adminToken({ admin }: Document, settings: Settings, env: Environment): string | undefined {
  const fromVariable = env[TOKEN_VARIABLE];
  if (admin.tokenFile === undefined) {
    if (fromVariable === undefined || fromVariable === "") return undefined;
    return checkedToken(fromVariable.trim(), (message) => ({
      place: TOKEN_VARIABLE,
      field: "",
      message,
      allowed: TOKEN_ALLOWED,
    }));
  }
  const at = (message: string) => problemAt(settings, ["admin", "tokenFile"], message, TOKEN_ALLOWED);
  return checkedToken(readToken(admin.tokenFile, at), at);
}

const TOKEN_ALLOWED = "a file with one line of letters, digits and -._~+/, such as `openssl rand -hex 32` writes";

type ToProblem = (message: string) => ConfigError["problems"][number];

function readToken(file: string, at: ToProblem): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ConfigError([at(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`)]);
  }
}

function checkedToken(token: string, at: ToProblem): string {
  if (TOKEN.test(token)) return token;
  throw new ConfigError([at(token === "" ? "the token is empty" : "this is no token")]);
}
