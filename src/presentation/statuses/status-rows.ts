import type { CauseReport, EndpointReport, FieldReport, Report } from "../../model/report.ts";
import type { StatusRow } from "../../model/views/overview.ts";
import { parseStatusPath, statusChangeKind, statusPath, type StatusChange } from "./status-change.ts";

const ORDER: Readonly<Record<StatusRow["kind"], number>> = { break: 0, change: 1, fix: 2, noise: 3 };

/** Every pair of different status codes, most important first: what counts, breaks before fixes, then by frequency. */
export function statusRows({ endpoints }: Pick<Report, "endpoints">): readonly StatusRow[] {
  return endpoints
    .flatMap((endpoint) => endpoint.statusFlips.map((flip) => rowOf(endpoint, flip)))
    .sort(
      (one, other) =>
        Number(isSettled(one)) - Number(isSettled(other)) ||
        ORDER[one.kind] - ORDER[other.kind] ||
        other.count - one.count ||
        (one.endpoint < other.endpoint ? -1 : 1),
    );
}

function rowOf(endpoint: EndpointReport, flip: EndpointReport["statusFlips"][number]): StatusRow {
  const field = fieldOf(endpoint, flip);
  const cause = endpoint.causes.find(({ signature }) => signature === field?.cause);
  return {
    ...flip,
    endpoint: endpoint.endpoint,
    route: endpoint.route,
    kind: field?.verdict === "noise" ? "noise" : statusChangeKind(flip),
    compared: endpoint.compared,
    secondary: field?.noise ?? 0,
    cause,
    state: cause === undefined ? "" : causeStateText(cause),
  };
}

function fieldOf({ differences }: EndpointReport, flip: StatusChange): FieldReport | undefined {
  const kind = flip.candidate === 0 ? "transport" : "status";
  const own = differences.filter((field) => field.kind === kind);
  return (
    own.find(({ path }) => path === statusPath(flip)) ?? own.find(({ path }) => parseStatusPath(path) === undefined)
  );
}

/** Whether a person, a rule or the baseline has decided that the pair does not count. */
function isSettled({ cause }: StatusRow): boolean {
  return cause !== undefined && (cause.state === "accepted" || cause.state === "baseline" || cause.rule !== null);
}

const STATES: Readonly<Record<CauseReport["state"], string>> = {
  new: "new",
  known: "seen before",
  baseline: "in the baseline",
  accepted: "accepted",
  denied: "denied",
  changed: "changed since accepted",
};

/** The state of a cause in words: `seen before`, `hidden by rule rule-1`. */
export function causeStateText({ state, rule }: Pick<CauseReport, "state" | "rule">): string {
  return rule === null ? STATES[state] : `hidden by rule ${rule}`;
}
