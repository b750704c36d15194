import type { Forward, MirrorPolicy, Route, SecondaryPolicy, Subset } from "../model/routing.ts";
import { fieldValue } from "../lib/request-fields.ts";
import { SAFE_METHODS } from "../lib/safe-methods.ts";
import { unreachable } from "../lib/unreachable.ts";
import type { RawHeaders } from "../model/capture.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import { headerChange, withHost } from "../upstream/header-operations.ts";
import type { Admission } from "./admission.ts";
import type { ShadowTarget } from "./shadow-leg.ts";

/** What a leg's request fields become for a candidate. */
export type Prepare = (fields: RawHeaders) => RawHeaders;

/** A candidate as one route mirrors to it. */
export interface Candidate {
  readonly policy: MirrorPolicy;
  /** What holds now: the policy's, or what was set at run time. */
  percent: number;
  readonly target: ShadowTarget;
  readonly admission: Admission;
  readonly prepare: Prepare;
}

/** Who answers once more, to tell noise. */
export interface SecondaryMirror {
  /** @returns null when this request is not sent there @param primary the subset that the request goes to */
  readonly targetFor: (primary: string, method: string) => ShadowTarget | null;
  readonly percent: number;
}

/** Where the requests of one route are mirrored to. */
export interface RouteMirror {
  readonly route: Route;
  readonly candidates: readonly Candidate[];
  readonly secondary: SecondaryMirror | null;
  readonly lease: ClientLease;
}

/**
 * @param lease makes the connections; each mirrored role has its own
 * @param admissionOf keeps the bounds of a candidate over a change of routes
 */
export function routeMirror(
  route: Route,
  lease: ClientLease,
  admissionOf: (policy: MirrorPolicy) => Admission,
): RouteMirror {
  const { action } = route;
  if (action.type !== "forward") return { route, candidates: [], secondary: null, lease };
  const { candidates, secondary } = action;
  return {
    route,
    candidates: candidates.map((policy) => ({
      policy,
      percent: policy.percent,
      target: targetOf("candidate", policy, lease),
      admission: admissionOf(policy),
      prepare: prepareFor(policy),
    })),
    secondary: secondary === undefined ? null : secondaryMirror(secondary, action, lease),
    lease,
  };
}

function targetOf(
  role: ShadowTarget["role"],
  { subset, timeoutMs }: { readonly subset: Subset; readonly timeoutMs: number },
  lease: ClientLease,
): ShadowTarget {
  return { role, subset: subset.name, client: lease.clientTo(role, subset), timeoutMs };
}

/** A self-check asks a primary twice, and nothing may change by that. */
function secondaryMirror(
  { subset, percent, timeoutMs }: SecondaryPolicy,
  { destinations }: Forward,
  lease: ClientLease,
): SecondaryMirror {
  if (subset !== "primary") {
    const target = targetOf("secondary", { subset, timeoutMs }, lease);
    return { targetFor: () => target, percent };
  }
  const targets = new Map(
    destinations.map((one) => [one.subset.name, targetOf("secondary", { subset: one.subset, timeoutMs }, lease)]),
  );
  return {
    targetFor: (primary, method) => (SAFE_METHODS.has(method) ? (targets.get(primary) ?? null) : null),
    percent,
  };
}

/** The host policy first: explicit operations win over it. */
function prepareFor({ host, requestHeaders }: MirrorPolicy): Prepare {
  const change = headerChange(requestHeaders) ?? ((fields: RawHeaders) => fields);
  switch (host.type) {
    case "keep":
      return change;
    case "literal":
      return (fields) => change(withHost(fields, host.host));
    case "shadow":
      return (fields) => change(withHost(fields, shadowHost(fieldValue(fields, "host") ?? "")));
  }
  return unreachable(host);
}

/** `h:80` → `h-shadow:80`. An address in brackets has no name to mark, and stays. */
export function shadowHost(host: string): string {
  return host.replace(/^([^[:][^:]*)/, "$1-shadow");
}
