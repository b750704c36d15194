import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Address } from "../model/config.ts";
import { SUBSET_NAME } from "./values/addresses.ts";
import type { Problem } from "./config-error.ts";
import type { IstioDocument, NativeDocument } from "./config-document.ts";
import { problemAt } from "./values/schema-issues.ts";
import { routeProblems } from "./native/routes/check-routes.ts";
import type { Settings } from "./options/settings.ts";
import { pairProblems, subsetProblems } from "./native/subsets.ts";

/** What is wrong between fields that are each right for themselves, in a document with its own routes. */
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
    ...ownAddresses(upstreams, document, settings),
    ...commonProblems(document, settings),
  ];
}

/** The same for a document whose routes come from Istio. */
export function istioProblems(document: IstioDocument, settings: Settings): readonly Problem[] {
  const { secondary, selfCheck } = document.mirrors;
  const both = "secondary and selfCheck cannot stand together; keep one, the secondary rather";
  const upstreams = [
    ...Object.entries(document.addresses).flatMap(([key, urls]) =>
      urls.map((url) => ({ url, path: ["addresses", key] })),
    ),
    ...(secondary === undefined ? [] : [{ url: secondary.url, path: ["mirrors", "secondary", "url"] }]),
  ];
  return [
    ...(secondary === undefined || selfCheck === undefined
      ? []
      : [problemAt(settings, ["mirrors", "selfCheck"], both, "", "key")]),
    ...ownAddresses(upstreams, document, settings),
    ...mirrorSize(document.mirrors, ["mirrors"], document, settings),
    ...(secondary === undefined ? [] : mirrorSize(secondary, ["mirrors", "secondary"], document, settings)),
    ...commonProblems(document, settings),
  ];
}

type Common = Pick<NativeDocument, "listen" | "listenTls" | "admin" | "capture">;

function commonProblems(document: Common, settings: Settings): readonly Problem[] {
  return [
    ...pairProblems(document.listenTls, ["listenTls"], settings),
    ...listeners(document, settings),
    ...captureSizes(document, settings),
  ];
}

function subsetNames(names: readonly string[], settings: Settings): readonly Problem[] {
  return names
    .filter((name) => !SUBSET_NAME.test(name))
    .map((name) =>
      problemAt(
        settings,
        ["subsets", name],
        "no name for a subset",
        "letters, digits, dot, dash and underscore, at most 63",
        "key",
      ),
    );
}

/** A proxy that sends to itself never ends. */
function ownAddresses(
  upstreams: readonly { readonly url: string; readonly path: readonly (string | number)[] }[],
  { listen, admin }: Common,
  settings: Settings,
): readonly Problem[] {
  const own = [
    { address: listen, text: "this is where shadowdiff itself listens for clients; name the service behind it" },
    { address: admin.listen, text: "this is shadowdiff's own admin listener; name a version of the service" },
  ];
  return upstreams.flatMap(({ url, path }) =>
    own.filter(({ address }) => reaches(new URL(url), address)).map(({ text }) => problemAt(settings, path, text)),
  );
}

function listeners({ listen, admin }: Common, settings: Settings): readonly Problem[] {
  if (listen.port === 0 || listen.port !== admin.listen.port) return [];
  const same = listen.host === admin.listen.host || isWildcard(listen.host) || isWildcard(admin.listen.host);
  return same
    ? [problemAt(settings, ["admin", "listen"], `port ${listen.port} is taken by listen; write another one`)]
    : [];
}

function captureSizes({ capture }: Common, settings: Settings): readonly Problem[] {
  const { maxBodyBytes, maxBufferedBytes } = capture;
  if (maxBodyBytes <= maxBufferedBytes) return [];
  return [
    problemAt(settings, ["capture", "maxBodyBytes"], `larger than capture.maxBufferedBytes, ${maxBufferedBytes} bytes`),
  ];
}

/** An answer of which more may be captured than may be held could never be compared. */
function mirrorSize(
  { maxBufferedBytes }: { readonly maxBufferedBytes: number },
  path: readonly (string | number)[],
  { capture: { maxBodyBytes } }: Common,
  settings: Settings,
): readonly Problem[] {
  if (maxBodyBytes <= maxBufferedBytes) return [];
  const message = `${maxBufferedBytes} bytes, less than capture.maxBodyBytes, ${maxBodyBytes} bytes; write at least as much`;
  return [problemAt(settings, [...path, "maxBufferedBytes"], message)];
}

/** Whether a request to the URL arrives at the listener, as far as names tell. */
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
