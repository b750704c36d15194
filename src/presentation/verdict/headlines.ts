import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import type { CauseReport, EndpointReport, LatencyReport, Report } from "../../model/report.ts";
import type { Finding } from "../../model/views/overview.ts";
import { byImportance, sectionGroupOf } from "../order/cause-order.ts";
import { formatCount, formatDuration, formatFactor, formatPlural, formatShare } from "../words/number-format.ts";

/** Endpoints that a headline names. */
const MAX_NAMED = 2;

/** A cause with all endpoints that show it. */
export interface WideCause {
  /** The cause on the first endpoint, with the rank of all together. */
  readonly cause: CauseReport;
  /** Those that show it most come first. */
  readonly endpoints: readonly EndpointReport[];
  /** Exchanges with it, and compared exchanges of these endpoints. */
  readonly count: number;
  readonly compared: number;
}

/** Whether a cause needs a review or was denied: more than noise, not hidden by a rule, not accepted and not in the baseline. */
export function isOpenCause({ state, rule, verdict }: Pick<CauseReport, "state" | "rule" | "verdict">): boolean {
  return state !== "accepted" && state !== "baseline" && rule === null && verdict !== "noise";
}

/** The open causes of a report, most important first. One that several endpoints have is listed once. */
export function wideCauses({ endpoints }: Pick<Report, "endpoints">): readonly WideCause[] {
  const open = endpoints.flatMap((endpoint) =>
    endpoint.causes.filter(isOpenCause).map((cause) => ({ endpoint, cause })),
  );
  return [...Map.groupBy(open, ({ cause }) => cause.signature).values()]
    .flatMap((group): WideCause[] => {
      const all = group.toSorted((one, other) => other.cause.rank - one.cause.rank);
      const [first] = all;
      if (first === undefined) return [];
      const rank = all.reduce((sum, { cause }) => sum + cause.rank, 0);
      return [
        {
          cause: { ...first.cause, rank },
          endpoints: all.map(({ endpoint }) => endpoint),
          count: all.reduce((sum, { cause }) => sum + cause.count, 0),
          compared: all.reduce((sum, { endpoint }) => sum + endpoint.compared, 0),
        },
      ];
    })
    .sort((one, other) => byImportance(one.cause, other.cause));
}

/** The open causes that were not denied, most important first: those that wait for a review. */
export function unreviewedCauses(report: Pick<Report, "endpoints">): readonly WideCause[] {
  return wideCauses(report).filter(({ cause }) => cause.state !== "denied");
}

/** Where a cause shows: `GET /db`, `9 endpoints (GET /a, GET /b, …)`. */
export function whereText({ endpoints }: Pick<WideCause, "endpoints">): string {
  const names = [...new Set(endpoints.map(({ endpoint }) => endpoint))];
  const [only] = names;
  if (names.length === 1 && only !== undefined) return only;
  const shown = names.slice(0, MAX_NAMED).map((name) => (name === OVERFLOW_ENDPOINT ? "other endpoints" : name));
  const more = names.length > MAX_NAMED ? ", …" : "";
  return `${formatPlural(names.length, "endpoint")} (${shown.join(", ")}${more})`;
}

/**
 * What a person would say first, in at most two sentences: the most important causes with where and how often they show, a
 * candidate that is slower, else the first reasons of the verdict.
 */
export function headlineFindings(report: Report): readonly Finding[] {
  const causes = wideCauses(report);
  if (causes.length === 0 || report.verdict === "pass") {
    const [first] = causes;
    const named = report.reasons.slice(0, first === undefined ? 2 : 1).map((text) => ({ text, about: null }));
    return [...named, ...(first === undefined ? [] : [causeFinding(first)])];
  }
  const all = [
    ...causes.filter(isBeforeLatency).map(causeFinding),
    ...latencyFindings(report),
    ...causes.filter((cause) => !isBeforeLatency(cause)).map(causeFinding),
  ];
  const rest = all.length - 2;
  return all.slice(0, 2).map(({ text, about }, index) => ({
    text: index === 1 && rest > 0 ? `${text}; and ${formatPlural(rest, "more finding")}` : text,
    about,
  }));
}

/** The texts of `headlineFindings`. */
export function headlines(report: Report): readonly string[] {
  return headlineFindings(report).map(({ text }) => text);
}

function isBeforeLatency({ cause }: WideCause): boolean {
  return cause.fields.some((field) => sectionGroupOf(field) === "status");
}

/** `break: status 200 → 404 in 40 of 40 responses of GET /db` */
function causeFinding(wide: WideCause): Finding {
  const { cause, endpoints, count, compared } = wide;
  const [first] = endpoints;
  return {
    text: `${cause.title} in ${formatCount(count)} of ${formatPlural(compared, "response")} of ${whereText(wide)}`,
    about: first === undefined ? null : { endpoint: first.endpoint, route: first.route, cause: cause.signature },
  };
}

/** The endpoints on which the candidate is too slow, or all of them together. */
function latencyFindings({ endpoints, latency }: Report): readonly Finding[] {
  const failing = endpoints.filter((endpoint) => endpoint.latency.verdict === "fail");
  const byRatio = failing.filter((endpoint) => endpoint.latency.ratioVerdict === "fail");
  const named = byRatio.length > 0 ? byRatio : failing;
  const [worst] = named.toSorted((one, other) => ratioOf(other) - ratioOf(one));
  const slow = worst ?? (latency.verdict === "fail" ? { latency } : undefined);
  if (slow === undefined) return [];
  const where = worst === undefined ? "all endpoints together" : whereText({ endpoints: named });
  const about = worst === undefined ? null : { endpoint: worst.endpoint, route: worst.route, cause: null };
  if (slow.latency.ratioVerdict !== "fail") return tailTexts(slow.latency, where).map((text) => ({ text, about }));
  const most = named.length > 1 ? "up to " : "";
  const text =
    `slower: the candidate takes ${most}${formatFactor(ratioOf(slow))} as long as the primary on ${where} ` +
    `(allowed ${formatFactor(slow.latency.allowed)})`;
  return [{ text, about }];
}

/** Of a candidate whose slowest responses alone are too slow. */
function tailTexts({ tails }: LatencyReport, where: string): readonly string[] {
  const tail = tails.find(({ verdict }) => verdict === "fail");
  if (tail === undefined) return [];
  const primary = tail.primary === null ? "" : `, ${formatShare(tail.primary)} from the primary`;
  return [
    `slower: ${formatShare(tail.candidate)} of responses take longer than ${formatDuration(tail.limitMs)} from the candidate${primary}, on ${where}`,
  ];
}

/** The ratio that fails: since a change, if there is one. */
function ratioOf({ latency: { change, ratio } }: Pick<EndpointReport, "latency">): number {
  return (change ?? { ratio }).ratio?.estimate ?? 0;
}
