import { readFileSync } from "node:fs";
import type { Config, ListenTls, TapConfig } from "../model/config.ts";
import type { Contract } from "../model/contract/contract.ts";
import type { StoreLocation } from "../model/store/store-location.ts";
import { resolveWebhooks } from "./native/resolve-webhooks.ts";
import { ConfigError } from "./config-error.ts";
import { descriptorSetFile } from "./referenced-files.ts";
import type { CommonDocument } from "./config-document.ts";
import { problemAt } from "./values/schema-issues.ts";
import { presetRules, resolveRules } from "./native/rules/check-rules.ts";
import { TOKEN_VARIABLE } from "./options/mistyped-variables.ts";
import type { Environment, Settings } from "./options/settings.ts";

/** RFC 6750 §2.1. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Converts a validated document to the configuration. */
export function resolveConfig(
  document: CommonDocument,
  routing: Pick<Config, "subsets" | "routes">,
  tokens: AdminTokens,
  settings: Settings,
  contract: Contract | undefined,
): Config {
  const operations = contract?.operations.map(({ endpoint }) => endpoint);
  const {
    runName,
    labels = {},
    replicaName,
    listen,
    requests,
    forwarded,
    admin,
    storeRequired,
    retention,
    upstream,
    capture,
    compare,
    explain,
    isolate,
    tracing,
    metrics,
    webhooks,
    threads,
    gate,
  } = document;
  return {
    runName,
    labels,
    replicaName,
    listen,
    listenTls: listenTlsOf(document, settings),
    tap: tapOf(document),
    requests,
    forwarded,
    admin: {
      listen: admin.listen,
      ...tokens,
      allowedHosts: admin.allowedHosts,
    },
    store: {
      location: storeLocationOf(document, settings),
      isRequired: storeRequired,
      retention: { maxAgeMs: retention.maxAge, maxBytes: retention.maxBytes },
    },
    ...routing,
    upstream: {
      connectTimeoutMs: upstream.connectTimeout,
      headTimeoutMs: upstream.headTimeout,
      idleTimeoutMs: upstream.idleTimeout,
    },
    capture,
    compare: {
      endpoints: [...compare.endpoints, ...(operations ?? [])],
      maxEndpoints: compare.maxEndpoints,
      maxSegmentValues: compare.maxSegmentValues,
      maxDifferenceSets: compare.maxDifferenceSets,
      samplesPerDifference: compare.samplesPerDifference,
      maxDecodedBytes: compare.maxDecodedBytes,
      rules: [...resolveRules(compare.rules), ...presetRules(compare.presets)],
      descriptorSet: descriptorSetFile(document, settings),
      timeoutMs: compare.timeout,
      explain,
      ...(document.contract.validate && { contract }),
    },
    explain,
    isolate: { ...isolate, methods: new Set(isolate.methods) },
    tracing,
    metrics,
    webhooks: resolveWebhooks(webhooks, settings),
    threads,
    gate: { ...gate, ...(operations !== undefined && { operations }) },
  };
}

function listenTlsOf({ listenTls: { cert, key } }: CommonDocument, settings: Settings): ListenTls | undefined {
  if (cert === undefined || key === undefined) return undefined;
  return {
    certFile: settings.file(["listenTls", "cert"], cert),
    keyFile: settings.file(["listenTls", "key"], key),
  };
}

function storeLocationOf({ store, storePasswordFile }: CommonDocument, settings: Settings): StoreLocation {
  if (store.engine === "sqlite" || storePasswordFile === undefined) return store;
  return { ...store, passwordFile: settings.file(["storePasswordFile"], storePasswordFile) };
}

function tapOf({ tap }: CommonDocument): TapConfig | undefined {
  return tap === undefined ? undefined : { methods: new Set(tap.methods), stripHostSuffix: tap.host === "strip" };
}

export type AdminTokens = Pick<Config["admin"], "token" | "rolloutToken">;

/**
 * The tokens of the admin listener. The token file overrides the environment variable.
 * @throws ConfigError if a token cannot be read or is invalid
 */
export function adminTokens(document: CommonDocument, settings: Settings, env: Environment): AdminTokens {
  const { rolloutTokenFile } = document.admin;
  return {
    token: adminToken(document, settings, env),
    rolloutToken:
      rolloutTokenFile === undefined ? undefined : tokenFrom("rolloutTokenFile", rolloutTokenFile, settings),
  };
}

function adminToken({ admin }: CommonDocument, settings: Settings, env: Environment): string | undefined {
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
  return tokenFrom("tokenFile", admin.tokenFile, settings);
}

function tokenFrom(option: "tokenFile" | "rolloutTokenFile", file: string, settings: Settings): string {
  const at = (message: string) => problemAt(settings, ["admin", option], message, TOKEN_ALLOWED);
  return checkedToken(readTokenFile(settings.file(["admin", option], file), at), at);
}

const TOKEN_ALLOWED = "a file with one line of letters, digits and -._~+/, like the output of `openssl rand -hex 32`";

type ToProblem = (message: string) => ConfigError["problems"][number];

function readTokenFile(file: string, at: ToProblem): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ConfigError([at(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`)]);
  }
}

function checkedToken(token: string, at: ToProblem): string {
  if (TOKEN.test(token)) return token;
  throw new ConfigError([at(token === "" ? "the token is empty" : "the token has characters that are not allowed")]);
}
