import { memoizeLast } from "../../lib/memoize.ts";
import type { FieldVerdict } from "../../model/report.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { RunFields } from "../judge/field-verdicts.ts";
import type { CausesByEndpoint, DecidedCause } from "./run-causes.ts";

/** Applies reviews and the baseline to the field verdicts: accepted and known causes count as noise, denied ones as real. */
export function applyReviews({ bar, endpoints }: RunFields, causes: CausesByEndpoint): RunFields {
  return {
    bar,
    endpoints: endpoints.map((each) => ({
      ...each,
      effective: effectiveVerdicts(causes.get(endpointKey(each))?.causes ?? NO_CAUSES, { verdicts: each.verdicts }),
    })),
  };
}

const NO_CAUSES: readonly never[] = [];

const effectiveVerdicts = memoizeLast(
  (causes: readonly DecidedCause[], { verdicts }: { readonly verdicts: ReadonlyMap<string, FieldVerdict> }) => {
    const decided = causes.flatMap(({ state, keys }): [string, FieldVerdict][] => {
      if (state !== "accepted" && state !== "denied" && state !== "baseline") return [];
      return keys.map((key) => [key, state === "denied" ? "real" : "noise"]);
    });
    return decided.length === 0 ? verdicts : new Map([...verdicts, ...decided]);
  },
);
