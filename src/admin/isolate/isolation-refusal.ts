import type { Config } from "../../model/config.ts";
import type { ControlView } from "../../model/control.ts";
import type { IsolationRefusal } from "../../model/isolate/isolation.ts";
import { probeDestinations } from "./probe-destinations.ts";

/** What an isolation would send. */
export interface PlannedProbes {
  readonly route: string;
  readonly candidate: string;
  /** Undefined: the first subset of the route. */
  readonly primary: string | undefined;
  readonly method: string;
  /** Methods that the operator allows for this isolation. */
  readonly methods: readonly string[];
  /** Masked places of a sample without which it would be another request. */
  readonly needed: readonly string[];
}

/** Why the candidate is left alone at the moment, or null. */
export function pauseOf(
  { paused, candidates }: ControlView,
  route: string,
  candidate: string,
): IsolationRefusal | null {
  if (paused) {
    return {
      reason: "paused",
      message: "Mirroring is paused, so the candidates are left alone.",
      remedy: 'Resume it with PUT /api/v1/control/mirroring {"paused": false}, then try again.',
    };
  }
  const control = candidates.find((each) => each.route === route && each.candidate === candidate);
  if (control?.breaker?.state !== "open") return null;
  return {
    reason: "breaker",
    message: `The circuit breaker of ${candidate} is open: its latest responses have failed.`,
    remedy: "Try again when it responds; GET /api/v1/control has the state of the breaker.",
  };
}

/** Why an isolation may not begin, or null. */
export function refusalOf(config: Config, control: ControlView, planned: PlannedProbes): IsolationRefusal | null {
  const { route, candidate, method, methods, needed } = planned;
  if (probeDestinations(config, planned) === null) {
    return {
      reason: "route",
      message: `The route ${route} does not forward to ${planned.primary ?? "a primary"} and ${candidate} any more.`,
      remedy: "Use a cause of the current run and a sample of the current configuration.",
    };
  }
  const paused = pauseOf(control, route, candidate);
  if (paused !== null) return paused;
  if (!config.isolate.methods.has(method) && !methods.includes(method)) {
    return {
      reason: "method",
      message: `The method ${method} must not be sent again: every version would execute it for each request.`,
      remedy: `If that does no harm, add it to isolate.methods, or allow it this once: "methods": ["${method}"].`,
    };
  }
  if (needed.length === 0) return null;
  return {
    reason: "needed",
    message: `These parts of the request were not stored, and without them it is another request: ${needed.join(", ")}.`,
    remedy: 'Type them in as "secrets", or arm the isolation with "sampleId": null: it takes the next live request.',
  };
}
