import type { Forward, MirrorPolicy, Route, SecondaryPolicy, Subset } from "../model/routing.ts";
import { compileHeaderChange, type HeaderChange, withHost } from "../http/header-operations.ts";
import { fieldValue } from "../http/read-header.ts";
import { SAFE_METHODS } from "../http/safe-methods.ts";
import { unreachable } from "../lib/unreachable.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import type { MirrorTarget } from "./mirror-leg.ts";
import type { EndpointSampler } from "./endpoint-sampler.ts";
import type { MirrorLimits, MirrorSlot, MirrorSlots } from "./mirror-slots.ts";

/** An upstream that receives a copy of a request, and the slot that the copy occupies. */
export interface MirrorRecipient {
  readonly target: MirrorTarget;
  readonly slot: MirrorSlot;
  /** Null leaves the header fields unchanged. */
  readonly changeHeaders: HeaderChange | null;
  /** Milliseconds until the copy is sent; 0 for a copy that is sent at once. */
  readonly delayMs: number;
  /** See `LegRecorder.level`. */
  readonly level: number;
}

/** A candidate of one route. */
export interface CandidateMirror {
  readonly policy: MirrorPolicy;
  /** The share in force: the policy's, or the one set at run time. */
  percent: number;
  /** Null if all endpoints have the same share. */
  readonly sampler: EndpointSampler | null;
  readonly target: MirrorTarget;
  readonly slots: MirrorSlots;
  /** Changes the header fields of the copies. */
  readonly changeHeaders: HeaderChange;
}

/** An upstream that receives copies as the secondary. Its slots are separate, so that it cannot starve the candidates. */
interface SecondaryTarget {
  readonly target: MirrorTarget;
  readonly slots: MirrorSlots;
}

/** The secondary of one route, which measures noise. */
export interface SecondaryMirror {
  readonly policy: SecondaryPolicy;
  readonly targets: readonly SecondaryTarget[];
  /** Changes the header fields of the copies; null when there is nothing to change. */
  readonly changeHeaders: HeaderChange | null;
  /**
   * @param primary the subset that receives the request as primary
   * @returns the target that receives a copy, or null when none does
   */
  readonly targetFor: (primary: string, method: string) => SecondaryTarget | null;
}

/** The candidates and the secondary of one route. */
export interface RouteMirror {
  readonly route: Route;
  readonly candidates: readonly CandidateMirror[];
  readonly secondary: SecondaryMirror | null;
  readonly lease: ClientLease;
}

/** Where the state of candidates comes from that outlasts a reload. */
interface RecipientState {
  /** The existing slots of an upstream after a reload, so that requests in flight stay counted. */
  readonly slotsFor: SlotsFor;
  readonly samplerFor: (policy: MirrorPolicy) => EndpointSampler | null;
}

type SlotsFor = (role: MirrorTarget["role"], policy: MirrorLimits & { readonly subset: Subset }) => MirrorSlots;

/**
 * @param lease creates the clients; each role has its own
 */
export function createRouteMirror(
  route: Route,
  lease: ClientLease,
  { slotsFor, samplerFor }: RecipientState,
): RouteMirror {
  const { action } = route;
  if (action.type !== "forward") return { route, candidates: [], secondary: null, lease };
  const { candidates, secondary } = action;
  return {
    route,
    candidates: candidates.map((policy) => ({
      policy,
      percent: policy.percent,
      sampler: samplerFor(policy),
      target: createTarget("candidate", policy, lease),
      slots: slotsFor("candidate", policy),
      changeHeaders: compileCopyHeaders(policy),
    })),
    secondary: secondary === undefined ? null : createSecondary(secondary, action, lease, slotsFor),
    lease,
  };
}

function createTarget(
  role: MirrorTarget["role"],
  { subset, timeoutMs }: { readonly subset: Subset; readonly timeoutMs: number },
  lease: ClientLease,
): MirrorTarget {
  return { role, subset: subset.name, client: lease.clientTo(role, subset), timeoutMs };
}

/** A self-check sends a request to its own primary again, which is allowed for safe methods only. */
function createSecondary(
  policy: SecondaryPolicy,
  { destinations }: Forward,
  lease: ClientLease,
  slotsFor: SlotsFor,
): SecondaryMirror {
  const targetAt = (subset: Subset): SecondaryTarget => ({
    target: createTarget("secondary", { ...policy, subset }, lease),
    slots: slotsFor("secondary", { ...policy, subset }),
  });
  if (policy.subset !== "primary") {
    const target = targetAt(policy.subset);
    const changeHeaders = (policy.requestHeaders && compileHeaderChange(policy.requestHeaders)) ?? null;
    return { policy, targets: [target], changeHeaders, targetFor: () => target };
  }
  const byPrimary = new Map(destinations.map(({ subset }) => [subset.name, targetAt(subset)]));
  return {
    policy,
    targets: [...byPrimary.values()],
    changeHeaders: null,
    targetFor: (primary, method) => (SAFE_METHODS.has(method) ? (byPrimary.get(primary) ?? null) : null),
  };
}

/** Applies the host policy first, so that explicit header operations override it. */
function compileCopyHeaders({ host, requestHeaders }: MirrorPolicy): HeaderChange {
  const change = compileHeaderChange(requestHeaders) ?? ((fields) => fields);
  switch (host.type) {
    case "keep":
      return change;
    case "literal":
      return (fields) => change(withHost(fields, host.host));
    case "shadow":
      return (fields) => change(withHost(fields, withHostSuffix(fieldValue(fields, "host") ?? "")));
  }
  return unreachable(host);
}

/** Inserts Envoy's suffix: `h:80` → `h-shadow:80`. An IPv6 address in brackets stays unchanged. */
export function withHostSuffix(host: string): string {
  return host.replace(/^([^[:][^:]*)/, "$1-shadow");
}
