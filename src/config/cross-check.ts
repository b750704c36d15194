import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Address } from "../model/config.ts";
import { SUBSET_NAME } from "./addresses.ts";
import type { Problem } from "./config-error.ts";
import type { Document } from "./document.ts";
import { problemAt } from "./issues.ts";
import type { Settings } from "./settings.ts";
import { nearest } from "./suggest.ts";

/** What is wrong between fields that are each right for themselves. */
export function crossProblems(document: Document, settings: Settings): readonly Problem[] {
  return [subsetNames, subsetReferences, repeatedCandidates, ownAddresses, listeners, captureSizes].flatMap((check) =>
    check(document, settings),
  );
}

function subsetNames({ subsets }: Document, settings: Settings): readonly Problem[] {
  return Object.keys(subsets)
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

function subsetReferences({ subsets, routes }: Document, settings: Settings): readonly Problem[] {
  const known = Object.keys(subsets);
  const references = routes.flatMap(({ primary, candidates, secondary }, route) => [
    ...primary.map(({ subset }, index) => ({ subset, path: ["routes", route, "primary", index, "subset"] })),
    ...candidates.map(({ subset }, index) => ({ subset, path: ["routes", route, "candidates", index, "subset"] })),
    ...(secondary ? [{ subset: secondary.subset, path: ["routes", route, "secondary", "subset"] }] : []),
  ]);
  return references
    .filter(({ subset }) => !Object.hasOwn(subsets, subset))
    .map(({ subset, path }) => {
      const meant = nearest(subset, known);
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      return problemAt(settings, path, `no subset is called "${subset}"${hint}`, known.join(", "));
    });
}

/** Counts are kept by the candidate's name, so a name can be a candidate once. */
function repeatedCandidates({ routes }: Document, settings: Settings): readonly Problem[] {
  return routes.flatMap(({ candidates }, route) =>
    candidates.flatMap(({ subset }, index) =>
      candidates.findIndex((other) => other.subset === subset) === index
        ? []
        : [problemAt(settings, ["routes", route, "candidates", index, "subset"], `"${subset}" is a candidate already`)],
    ),
  );
}

/** A proxy that sends to itself never ends. */
function ownAddresses({ subsets, listen, admin }: Document, settings: Settings): readonly Problem[] {
  const own = [
    { address: listen, text: "this is where shadowdiff itself listens for clients; name the service behind it" },
    { address: admin.listen, text: "this is shadowdiff's own admin listener; name a version of the service" },
  ];
  return Object.entries(subsets).flatMap(([name, { url }]) =>
    own
      .filter(({ address }) => reaches(new URL(url), address))
      .map(({ text }) => problemAt(settings, ["subsets", name, "url"], text)),
  );
}

function listeners({ listen, admin }: Document, settings: Settings): readonly Problem[] {
  if (listen.port === 0 || listen.port !== admin.listen.port) return [];
  const same = listen.host === admin.listen.host || isWildcard(listen.host) || isWildcard(admin.listen.host);
  return same
    ? [problemAt(settings, ["admin", "listen"], `port ${listen.port} is taken by listen; write another one`)]
    : [];
}

function captureSizes({ capture }: Document, settings: Settings): readonly Problem[] {
  const { maxBodyBytes, maxBufferedBytes } = capture;
  if (maxBodyBytes <= maxBufferedBytes) return [];
  return [
    problemAt(settings, ["capture", "maxBodyBytes"], `larger than capture.maxBufferedBytes, ${maxBufferedBytes} bytes`),
  ];
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
