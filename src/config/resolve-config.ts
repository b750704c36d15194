import { readFileSync } from "node:fs";
import type { Config, ListenTls, TapConfig } from "../model/config.ts";
import { ConfigError } from "./config-error.ts";
import { descriptorSetFile } from "./native/descriptor-set-file.ts";
import type { Common } from "./config-document.ts";
import { problemAt } from "./values/schema-issues.ts";
import { resolveRules } from "./native/rules/check-rules.ts";
import type { Environment, Settings } from "./options/settings.ts";

/** The token itself, for where files are unhandy; never a flag, which every user of the machine could read. */
const TOKEN_VARIABLE = "SHADOWDIFF_ADMIN_TOKEN";
/** RFC 6750 §2.1: what a bearer token may consist of. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** The checked document as the program uses it. */
export function resolve(
  document: Common,
  routing: Pick<Config, "subsets" | "routes">,
  token: string | undefined,
  settings: Settings,
): Config {
  const { runName, labels = {}, listen, admin, store, retention, upstream, capture, compare, threads, gate } = document;
  return {
    runName,
    labels,
    listen,
    listenTls: listenTlsOf(document, settings),
    tap: tapOf(document),
    admin: {
      listen: admin.listen,
      token,
      allowedHosts: admin.allowedHosts,
    },
    store: { path: store, retention: { maxAgeMs: retention.maxAge, maxBytes: retention.maxBytes } },
    ...routing,
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
      rules: resolveRules(compare.rules),
      descriptorSet: descriptorSetFile(document, settings),
      timeoutMs: compare.timeout,
    },
    threads,
    gate,
  };
}

function listenTlsOf({ listenTls: { cert, key } }: Common, settings: Settings): ListenTls | undefined {
  if (cert === undefined || key === undefined) return undefined;
  return {
    certFile: settings.file(["listenTls", "cert"], cert),
    keyFile: settings.file(["listenTls", "key"], key),
  };
}

function tapOf({ tap }: Common): TapConfig | undefined {
  return tap === undefined ? undefined : { methods: new Set(tap.methods), stripShadowSuffix: tap.host === "strip" };
}

/**
 * The file wins when it is named on the command line or in the document; the variable stands alone.
 * @throws ConfigError when the token cannot be read
 */
export function adminToken({ admin }: Common, settings: Settings, env: Environment): string | undefined {
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
  return checkedToken(readToken(settings.file(["admin", "tokenFile"], admin.tokenFile), at), at);
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
