import { createHash } from "node:crypto";
import { memoizePerObject } from "../lib/memoize.ts";
import type { Config } from "../model/config.ts";
import type { Subset, UpstreamTls } from "../model/routing.ts";
import type { ConfigFingerprint } from "../model/shared/replica.ts";
import { isSensitiveName } from "../secrets/sensitive-names.ts";

/** Enough to tell apart all configurations that a person ever compares. */
const HASH_DIGITS = 12;
/** Options of one process: its name, addresses, files, resources, metrics and webhooks, and the name of the run that it begins. */
const OWN_OPTIONS: ReadonlySet<string> = new Set<keyof Config>([
  "runName",
  "replicaName",
  "listen",
  "listenTls",
  "admin",
  "store",
  "metrics",
  "webhooks",
  "threads",
]);

/**
 * Hashes of what replicas must have in common, per top-level option. Equal configurations have equal hashes, whatever their
 * spelling and source. Paths of files and credentials can differ from host to host, so they are left out.
 */
export const configFingerprint = memoizePerObject((config: Config): ConfigFingerprint => {
  const { compare, subsets, store } = config;
  const shared = {
    ...config,
    // `explain` has a section.
    compare: { ...compare, explain: undefined, descriptorSet: compare.descriptorSet !== undefined },
    // As lists, unlike in the routes, which refer to subsets that have a hash of their own.
    subsets: [...subsets.values()]
      .toSorted((one, other) => compareTexts(one.name, other.name))
      .map(({ name, urls, tls, protocol }) => [name, urls, sharedTls(tls), protocol]),
    retention: store.retention,
  };
  const sections = Object.fromEntries(
    Object.entries(shared)
      .filter(([name, value]) => !OWN_OPTIONS.has(name) && value !== undefined)
      .toSorted(([one], [other]) => compareTexts(one, other))
      .map(([name, value]) => [name, hashOf(value)]),
  );
  return { hash: hashOf(sections), sections };
});

function sharedTls(tls: UpstreamTls | undefined): object | undefined {
  if (tls === undefined) return undefined;
  const { serverName, insecureSkipVerify, caFile, certFile } = tls;
  return { serverName, insecureSkipVerify, hasAuthority: caFile !== undefined, isClient: certFile !== undefined };
}

function hashOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(plainValue(value)))
    .digest("hex")
    .slice(0, HASH_DIGITS);
}

/** Only what JSON can hold, in one order and without secrets. */
function plainValue(value: unknown): unknown {
  if (value instanceof Set) return [...value].map(String).toSorted(compareTexts);
  if (Array.isArray(value)) return isSecretHeader(value) ? value.slice(0, 1) : value.map(plainValue);
  if (typeof value !== "object" || value === null) return value;
  if (isSubset(value)) return value.name;
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([one], [other]) => compareTexts(one, other))
    .map(([name, each]) => [name, plainValue(each)]);
}

function isSubset(value: object): value is Subset {
  return "urls" in value && Array.isArray(value.urls);
}

/** A header and its value, such as the credentials of a candidate. */
function isSecretHeader(list: readonly unknown[]): boolean {
  const [name, value] = list;
  return list.length === 2 && typeof name === "string" && typeof value === "string" && isSensitiveName(name);
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
