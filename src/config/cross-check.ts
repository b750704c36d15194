import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Address } from "../model/config.ts";
import { SUBSET_NAME } from "./values/addresses.ts";
import type { Problem } from "./config-error.ts";
import type { IstioDocument, NativeDocument } from "./config-document.ts";
import { problemAt } from "./values/schema-issues.ts";
import { noiseProblems, routeProblems } from "./native/routes/check-routes.ts";
import type { Settings } from "./options/settings.ts";
import { certificatePairProblems, subsetProblems } from "./native/subsets.ts";

/** Conflicts between the fields of a native document, each of which is valid on its own. */
export function nativeProblems(document: NativeDocument, settings: Settings): readonly Problem[] {
  const { subsets } = document;
  const upstreams = Object.entries(subsets).flatMap(([name, { url, urls = [] }]) => [
    ...(url === undefined ? [] : [{ url, path: ["subsets", name, "url"] }]),
    ...urls.map((one, index) => ({ url: one, path: ["subsets", name, "urls", index] })),
  ]);
  return [
    ...subsetNames(Object.keys(subsets), settings),
    ...Object.entries(subsets).flatMap(([name, subset]) => subsetProblems(subset, ["subsets", name], settings)),
    ...routeProblems(document, settings),
    ...document.routes.flatMap(({ candidates, secondary }, index) => [
      ...candidates.flatMap((candidate, nth) =>
        mirrorSize(candidate, ["routes", index, "candidates", nth], document, settings),
      ),
      ...(secondary === undefined ? [] : mirrorSize(secondary, ["routes", index, "secondary"], document, settings)),
    ]),
    ...selfReferences(upstreams, document, settings),
    ...commonProblems(document, settings),
  ];
}

/** Conflicts between the fields of a document with Istio routes. */
export function istioProblems(document: IstioDocument, settings: Settings): readonly Problem[] {
  const { secondary } = document.mirrors;
  const upstreams = [
    ...Object.entries(document.addresses).flatMap(([key, urls]) =>
      urls.map((url) => ({ url, path: ["addresses", key] })),
    ),
    ...(secondary === undefined ? [] : [{ url: secondary.url, path: ["mirrors", "secondary", "url"] }]),
  ];
  return [
    ...noiseProblems(document.mirrors, ["mirrors"], settings),
    ...selfReferences(upstreams, document, settings),
    ...mirrorSize(document.mirrors, ["mirrors"], document, settings),
    ...(secondary === undefined ? [] : mirrorSize(secondary, ["mirrors", "secondary"], document, settings)),
    ...commonProblems(document, settings),
  ];
}

type ListenerDocument = Pick<
  NativeDocument,
  "listen" | "listenTls" | "admin" | "capture" | "forwarded" | "store" | "storePasswordFile" | "contract" | "tracing"
>;

function commonProblems(document: ListenerDocument, settings: Settings): readonly Problem[] {
  return [
    ...certificatePairProblems(document.listenTls, ["listenTls"], settings),
    ...listenerConflicts(document, settings),
    ...captureSizes(document, settings),
    ...forwardedProblems(document, settings),
    ...storePasswordProblems(document, settings),
    ...contractProblems(document, settings),
    ...tracingProblems(document, settings),
  ];
}

/** Without a contract, its other options have no effect, which their author does not expect. */
function contractProblems({ contract }: ListenerDocument, settings: Settings): readonly Problem[] {
  const { openapi, validate, basePath } = contract;
  if (openapi !== undefined || (!validate && basePath === undefined)) return [];
  return [
    problemAt(
      settings,
      ["contract", validate ? "validate" : "basePath"],
      "requires contract.openapi, the file (--openapi FILE)",
    ),
  ];
}

function tracingProblems({ tracing }: ListenerDocument, settings: Settings): readonly Problem[] {
  const path = ["tracing", "sampleRate"];
  if (tracing.otlp !== undefined || settings.at(path) === undefined) return [];
  return [problemAt(settings, path, "has no effect without otlp, the collector that receives the spans")];
}

function storePasswordProblems({ store, storePasswordFile }: ListenerDocument, settings: Settings): readonly Problem[] {
  if (storePasswordFile === undefined) return [];
  if (store.engine === "sqlite") {
    return [problemAt(settings, ["storePasswordFile"], "has no effect: store is a SQLite file, which has no password")];
  }
  if (store.password === undefined) return [];
  return [problemAt(settings, ["storePasswordFile"], "store has a password too; remove it from the URL")];
}

/** Trusted addresses and `append` belong together: one without the other has no effect, which its author does not expect. */
function forwardedProblems({ forwarded }: ListenerDocument, settings: Settings): readonly Problem[] {
  const { mode, headers, trusted } = forwarded;
  const path = ["forwarded"];
  if (mode !== "append" && trusted.length > 0) {
    const message = `has no effect with mode ${mode}; write mode append, which keeps the values of these addresses`;
    return [problemAt(settings, [...path, "trusted"], message)];
  }
  if (mode === "append" && trusted.length === 0) {
    const message = "append requires trusted, the addresses whose values are kept; without them, write set";
    return [problemAt(settings, [...path, "mode"], message)];
  }
  if (mode === "off" || headers.length > 0) return [];
  return [problemAt(settings, [...path, "headers"], "the list is empty; name a header, or write mode off")];
}

function subsetNames(names: readonly string[], settings: Settings): readonly Problem[] {
  return names
    .filter((name) => !SUBSET_NAME.test(name))
    .map((name) =>
      problemAt(
        settings,
        ["subsets", name],
        "is not a valid subset name",
        "letters, digits, dots, dashes and underscores, at most 63 characters",
        "key",
      ),
    );
}

/** An upstream that is shadowdiff itself would loop. */
function selfReferences(
  upstreams: readonly { readonly url: string; readonly path: readonly (string | number)[] }[],
  { listen, admin }: ListenerDocument,
  settings: Settings,
): readonly Problem[] {
  const listeners = [
    { address: listen, text: "this is shadowdiff's own listener; write the URL of the service" },
    { address: admin.listen, text: "this is shadowdiff's own admin listener; write the URL of the service" },
  ];
  return upstreams.flatMap(({ url, path }) =>
    listeners
      .filter(({ address }) => reaches(new URL(url), address))
      .map(({ text }) => problemAt(settings, path, text)),
  );
}

function listenerConflicts({ listen, admin }: ListenerDocument, settings: Settings): readonly Problem[] {
  if (listen.port === 0 || listen.port !== admin.listen.port) return [];
  const same = listen.host === admin.listen.host || isWildcard(listen.host) || isWildcard(admin.listen.host);
  return same
    ? [problemAt(settings, ["admin", "listen"], `port ${listen.port} is already used by listen; choose another port`)]
    : [];
}

function captureSizes({ capture }: ListenerDocument, settings: Settings): readonly Problem[] {
  const { maxBodyBytes, maxBufferedBytes } = capture;
  if (maxBodyBytes <= maxBufferedBytes) return [];
  return [
    problemAt(settings, ["capture", "maxBodyBytes"], `exceeds capture.maxBufferedBytes (${maxBufferedBytes} bytes)`),
  ];
}

/** A body that may be captured must fit into the buffer, or its exchange could never be compared. */
function mirrorSize(
  { maxBufferedBytes }: { readonly maxBufferedBytes: number },
  path: readonly (string | number)[],
  { capture: { maxBodyBytes } }: ListenerDocument,
  settings: Settings,
): readonly Problem[] {
  if (maxBodyBytes <= maxBufferedBytes) return [];
  const message = `${maxBufferedBytes} bytes are less than capture.maxBodyBytes (${maxBodyBytes} bytes); write at least that size`;
  return [problemAt(settings, [...path, "maxBufferedBytes"], message)];
}

/** Whether a request to the URL reaches the listener. Compares names and local addresses; does not resolve DNS. */
function reaches(url: URL, { host, port }: Address): boolean {
  const target = url.hostname.replaceAll(/[[\]]/g, "");
  const targetPort = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (port === 0 || targetPort !== port) return false;
  if (target === host) return true;
  if (isWildcard(host)) return isLoopback(target) || isWildcard(target) || addressesOfThisMachine().has(target);
  return (target === "localhost" || host === "localhost" || isWildcard(target)) && isLoopback(target, host);
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function isLoopback(...hosts: readonly string[]): boolean {
  return hosts.every((host) => {
    return isWildcard(host) || host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
  });
}

function addressesOfThisMachine(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []));
}
