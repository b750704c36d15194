import type { MirrorPolicy, Route, SecondaryPolicy } from "../model/routing.ts";
import { fieldValue } from "../lib/request-fields.ts";
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

/** Where the requests of one route are mirrored to. */
export interface RouteMirror {
  readonly route: Route;
  readonly candidates: readonly Candidate[];
  readonly secondary: { readonly target: ShadowTarget; readonly percent: number } | null;
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
    secondary:
      secondary === undefined ? null : { target: targetOf("secondary", secondary, lease), percent: secondary.percent },
    lease,
  };
}

function targetOf(
  role: ShadowTarget["role"],
  { subset, timeoutMs }: MirrorPolicy | SecondaryPolicy,
  lease: ClientLease,
): ShadowTarget {
  return { role, subset: subset.name, client: lease.clientTo(role, subset), timeoutMs };
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
