import type { Forward, MirrorPolicy, Route, SecondaryPolicy, Subset } from "../model/routing.ts";
import { fieldValue } from "../http/header-fields.ts";
import { SAFE_METHODS } from "../http/request-semantics.ts";
import { unreachable } from "../lib/unreachable.ts";
import type { RawHeaders } from "../model/capture.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import { compileHeaderChange, withHost } from "../http/header-changes.ts";
import type { MirrorSlots, MirrorLimits } from "./mirror-slots.ts";
import type { MirrorTarget } from "./mirror-leg.ts";

/** What a leg's request fields become for a candidate. */
export type Prepare = (fields: RawHeaders) => RawHeaders;

/** A candidate as one route mirrors to it. */
export interface Candidate {
  readonly policy: MirrorPolicy;
  /** What holds now: the policy's, or what was set at run time. */
  percent: number;
  readonly target: MirrorTarget;
  readonly admission: MirrorSlots;
  readonly prepare: Prepare;
}

/** Where the requests of one route are mirrored to. */
export interface RouteMirror {
  readonly route: Route;
  readonly candidates: readonly Candidate[];
  readonly secondary: Secondary | null;
  readonly lease: ClientLease;
}

/** Somebody who answers once more. */
interface Asked {
  readonly target: MirrorTarget;
  /** Its own: one that hangs takes no place from the candidates. */
  readonly admission: MirrorSlots;
}

/** Who answers once more, to tell noise, as one route mirrors to it. */
export interface Secondary {
  readonly policy: SecondaryPolicy;
  /** All whom a request may be sent to. */
  readonly asked: readonly Asked[];
  /** @param primary the subset that the request goes to. @returns null when it is not sent once more */
  readonly askedFor: (primary: string, method: string) => Asked | null;
}

type AdmissionOf = (role: MirrorTarget["role"], policy: MirrorLimits & { readonly subset: Subset }) => MirrorSlots;

/**
 * @param lease makes the connections; each mirrored role has its own
 * @param admissionOf keeps what is in flight over a change of routes
 */
export function routeMirror(route: Route, lease: ClientLease, admissionOf: AdmissionOf): RouteMirror {
  const { action } = route;
  if (action.type !== "forward") return { route, candidates: [], secondary: null, lease };
  const { candidates, secondary } = action;
  return {
    route,
    candidates: candidates.map((policy) => ({
      policy,
      percent: policy.percent,
      target: targetOf("candidate", policy, lease),
      admission: admissionOf("candidate", policy),
      prepare: prepareFor(policy),
    })),
    secondary: secondary === undefined ? null : secondaryOf(secondary, action, lease, admissionOf),
    lease,
  };
}

function targetOf(
  role: MirrorTarget["role"],
  { subset, timeoutMs }: { readonly subset: Subset; readonly timeoutMs: number },
  lease: ClientLease,
): MirrorTarget {
  return { role, subset: subset.name, client: lease.clientTo(role, subset), timeoutMs };
}

/** A self-check asks a primary twice, and nothing may change by that. */
function secondaryOf(
  policy: SecondaryPolicy,
  { destinations }: Forward,
  lease: ClientLease,
  admissionOf: AdmissionOf,
): Secondary {
  const askedAt = (subset: Subset): Asked => ({
    target: targetOf("secondary", { ...policy, subset }, lease),
    admission: admissionOf("secondary", { ...policy, subset }),
  });
  if (policy.subset !== "primary") {
    const asked = askedAt(policy.subset);
    return { policy, asked: [asked], askedFor: () => asked };
  }
  const byPrimary = new Map(destinations.map(({ subset }) => [subset.name, askedAt(subset)]));
  return {
    policy,
    asked: [...byPrimary.values()],
    askedFor: (primary, method) => (SAFE_METHODS.has(method) ? (byPrimary.get(primary) ?? null) : null),
  };
}

/** The host policy first: explicit operations win over it. */
function prepareFor({ host, requestHeaders }: MirrorPolicy): Prepare {
  const change = compileHeaderChange(requestHeaders) ?? ((fields: RawHeaders) => fields);
  switch (host.type) {
    case "keep":
      return change;
    case "literal":
      return (fields) => change(withHost(fields, host.host));
    case "shadow":
      return (fields) => change(withHost(fields, hostWithSuffix(fieldValue(fields, "host") ?? "")));
  }
  return unreachable(host);
}

/** `h:80` → `h-shadow:80`. An address in brackets has no name to mark, and stays. */
export function hostWithSuffix(host: string): string {
  return host.replace(/^([^[:][^:]*)/, "$1-shadow");
}
