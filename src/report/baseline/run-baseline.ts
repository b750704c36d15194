import type { EndpointReport, LatencyReport, Report } from "../../model/report.ts";
import type { CauseField } from "../../model/review.ts";
import type { Baseline, Gate } from "../../model/run.ts";
import { appearanceKey, cachedAppearanceKey } from "../causes/field-appearance.ts";
import { looksOf } from "../causes/field-failures.ts";
import { thresholdsOf, type LatencyLimits, type Thresholds } from "../judge/gate-thresholds.ts";
import { logRateAboveEvidence } from "../statistics/confidence-sequence.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";

/** What differed in a run that another one is compared with, so that it is not new there. */
export interface RunBaseline {
  readonly run: Pick<Report["run"], "id" | "name" | "startedAt">;
  /** By name: the next run may route an endpoint differently. */
  readonly endpoints: ReadonlyMap<string, EndpointBaseline>;
}

interface EndpointBaseline {
  readonly compared: number;
  /** Exchanges by `appearanceKey`, of all fields that are more than noise. */
  readonly looks: ReadonlyMap<string, number>;
  /** Latencies that were slower than the gate allows. */
  readonly slow: readonly LatencyReport[];
}

/** @param report of the run, which has compared something */
export function baselineOf({ run, endpoints }: Report): RunBaseline {
  const { id, name, startedAt } = run;
  const byName = Map.groupBy(endpoints, ({ endpoint }) => endpoint);
  return { run: { id, name, startedAt }, endpoints: new Map([...byName].map(([key, own]) => [key, ofRoutes(own)])) };
}

function ofRoutes(routes: readonly EndpointReport[]): EndpointBaseline {
  const looks = new Map<string, number>();
  for (const field of routes.flatMap(({ differences }) => differences)) {
    if (field.verdict === "noise" || (field.count === 0 && field.features.length === 0)) continue;
    for (const look of looksOf(field, field.failures ?? [])) {
      const key = appearanceKey(look);
      looks.set(key, (looks.get(key) ?? 0) + field.count);
    }
  }
  return {
    compared: routes.reduce((sum, { compared }) => sum + compared, 0),
    looks,
    slow: routes.map(({ latency }) => latency).filter(({ verdict }) => verdict === "fail"),
  };
}

/** A field that shows more than this many times as often as in the baseline is new again. */
const MORE_OFTEN = 2;

/** How a field shows in the run that is compared with the baseline. */
interface FieldNow {
  /** Objects of `causeField`: its looks now. */
  readonly looks: readonly CauseField[];
  /** Exchanges with it, and compared exchanges of the endpoint. */
  readonly count: number;
  readonly compared: number;
}

/**
 * Whether the baseline had a field with all of its looks, and does not show it clearly more than twice as often now.
 * @returns the share of responses in the baseline if it does
 */
export function againstBaseline(
  { endpoints }: RunBaseline,
  endpoint: string,
  { looks, count, compared }: FieldNow,
): "new" | "known" | { readonly shareBefore: number } {
  const before = endpoints.get(endpoint);
  if (before === undefined) return "new";
  const counts = looks.map((look) => before.looks.get(cachedAppearanceKey(look)));
  if (!counts.every((each) => each !== undefined)) return "new";
  const known = Math.min(before.compared, Math.max(...counts));
  const limit = MORE_OFTEN * wilsonInterval(known, before.compared).high;
  const isWorse =
    limit < 1 && count > compared * limit && logRateAboveEvidence(count, compared, limit) >= evidenceBar();
  return isWorse ? { shareBefore: known / before.compared } : "known";
}

/**
 * The gate for a run with a baseline: an endpoint that was slower than allowed in the baseline may be as slow again. The limits of
 * the gate then apply to the baseline's latency instead of the primary's.
 */
export function gateWithBaseline(gate: Gate, { endpoints }: RunBaseline): Gate {
  const slow = [...endpoints].filter(([, own]) => own.slow.length > 0);
  if (slow.length === 0) return gate;
  return {
    ...gate,
    endpoints: [
      ...slow.map(([endpoint, own]) => {
        const thresholds = thresholdsOf(gate, endpoint);
        return { endpoint, ...own.slow.reduce<Thresholds>(raisedLimits, thresholds) };
      }),
      ...gate.endpoints,
    ],
  };
}

/** How many endpoints of a run have limits that the baseline raised. */
function slowEndpoints({ endpoints }: RunBaseline, names: ReadonlySet<string>): number {
  return [...endpoints].filter(([name, { slow }]) => slow.length > 0 && names.has(name)).length;
}

function raisedLimits(limits: Thresholds, latency: LatencyReport): Thresholds {
  const { primary, candidate, ratio, change, tails, ratioVerdict } = latency;
  const factor = limits.latencyRatio;
  const raised: { -readonly [Name in keyof LatencyLimits]?: LatencyLimits[Name] } = {};
  if (ratioVerdict === "fail") {
    raised.latencyRatio = factor * Math.max(ratio?.estimate ?? 1, change?.ratio.estimate ?? 1);
  }
  for (const { quantile, factor: relative, verdict } of tails) {
    const name = quantile === 0.95 ? "p95" : "p99";
    const [before, after] = [primary[name], candidate[name]];
    if (verdict !== "fail" || before === null || after === null) continue;
    if (relative === null) raised[`${name}Ms`] = factor * after;
    else raised[`${name}Ratio`] = relative * (after / before);
  }
  return { ...limits, ...raised };
}

/** What a report says about its baseline. */
export function baselineReport(
  baseline: RunBaseline,
  endpoints: readonly EndpointReport[],
  differences: Pick<Baseline, "differed" | "errors">,
): Baseline {
  const known = endpoints.flatMap(({ causes }) =>
    causes.filter(({ state, rule }) => state === "baseline" && rule === null),
  );
  return {
    ...baseline.run,
    causes: new Set(known.map(({ signature }) => signature)).size,
    slowEndpoints: slowEndpoints(baseline, new Set(endpoints.map(({ endpoint }) => endpoint))),
    ...differences,
  };
}
