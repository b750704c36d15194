import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";
import type { Forward, Route, SecondaryPolicy, Subset } from "../../model/routing.ts";
import { ConfigError } from "../config-error.ts";
import type { IstioDocument } from "../config-document.ts";
import type * as istio from "./load-istio.ts";
import { problemAt } from "../values/schema-issues.ts";
import { breakerOf, selfCheckPolicy } from "../native/routes/route-policies.ts";
import type { Settings } from "../options/settings.ts";

/** Loaded on demand: most configurations have no Istio documents. */
const load = createRequire(import.meta.url);

/** The routes of the Istio documents of a configuration, and their paths. */
export interface IstioRouting extends istio.IstioConfig {
  readonly documents: readonly string[];
}

/**
 * Reads the Istio documents and adds the mirror settings of the configuration.
 * @param missingAddress severity of a version without an address, and of a file that cannot be read
 * @param texts of documents that were read already, by path
 * @throws ConfigError if a document cannot be read; problems of its content are diagnostics
 */
export function istioRouting(
  document: IstioDocument,
  settings: Settings,
  missingAddress: "error" | "warning",
  texts?: ReadonlyMap<string, string>,
): IstioRouting {
  const paths = document.istio.map((written, index) => settings.file(["istio", index], written));
  const files = paths.map((path, index) => ({ path, text: texts?.get(path) ?? read(path, index, settings) }));
  const { methods, host, timeout, maxInFlight, maxBufferedBytes, breaker, secondary } = document.mirrors;
  const { loadIstio } = load(`./load-istio${extname(import.meta.filename)}`) as typeof istio;
  const loaded = loadIstio(files, {
    addresses: new Map(Object.entries(document.addresses)),
    // Undefined for the default, so that `loadIstio` adds a note about it.
    mirrorMethods: settings.at(["mirrors", "methods"]) === undefined ? undefined : new Set(methods),
    mirrorHost: host,
    mirrorTimeoutMs: timeout,
    maxInFlight,
    maxBufferedBytes,
    breaker: breakerOf(breaker),
    missingAddress,
    unreadableFile: missingAddress,
  });
  if (secondary === undefined) {
    const checking = selfCheckPolicy(document.mirrors.selfCheck, document.mirrors.selfCheckDelay);
    const routes =
      checking === undefined ? loaded.routes : loaded.routes.map((route) => withSecondary(route, checking));
    return { ...loaded, routes, documents: paths };
  }
  const subset: Subset = { name: secondary.name, urls: [secondary.url], tls: undefined };
  const policy: SecondaryPolicy = {
    subset,
    percent: secondary.percent,
    timeoutMs: secondary.timeout,
    maxInFlight: secondary.maxInFlight,
    maxBufferedBytes: secondary.maxBufferedBytes,
    requestHeaders: secondary.headers,
  };
  const taken = `the documents already define a version "${subset.name}"; choose another name`;
  const problem = { severity: "error", ...problemAt(settings, ["mirrors", "secondary", "name"], taken) } as const;
  return {
    ...loaded,
    diagnostics: [...loaded.diagnostics, ...(loaded.subsets.has(subset.name) ? [problem] : [])],
    routes: loaded.routes.map((route) => withSecondary(route, policy)),
    subsets: new Map([...loaded.subsets, [subset.name, subset]]),
    documents: paths,
  };
}

function withSecondary(route: Route, secondary: SecondaryPolicy): Route {
  const { action } = route;
  if (action.type !== "forward" || action.candidates.length === 0) return route;
  return { ...route, action: { ...action, secondary } satisfies Forward };
}

function read(path: string, index: number, settings: Settings): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([problemAt(settings, ["istio", index], `${path} cannot be read: ${code ?? String(error)}`)]);
  }
}
