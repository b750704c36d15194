import type { EndpointReport, FieldReport } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import { lossBound, type LostReplica, unseenSeconds } from "../../model/shared/lost-replica.ts";
import { formatField, formatFieldList } from "../../presentation/words/difference-words.ts";
import { formatCount, formatPlural, formatTime } from "../../presentation/words/number-format.ts";
import { parseStatusPath } from "../../presentation/statuses/status-change.ts";
import { isOfServer } from "./field-verdicts.ts";

/** Fewer exchanges do not show that a value is constant. */
const MIN_EXCHANGES = 10;
/** A value of a server differs in this share of the exchanges. */
const ALWAYS = 0.95;
/** Noise in a smaller share of the statuses hides little. */
const NOTABLE_SHARE = 0.01;
/** Statuses by which a server answers for itself: to a condition on its own copy, or to a token that it did not issue. */
const OWN_STATUSES: ReadonlyMap<number, string> = new Map([
  [304, "a conditional request names the copy of one server"],
  [401, "the credentials may be valid on one server only"],
  [403, "the credentials may be valid on one server only"],
]);

type CautionedEndpoint = Pick<EndpointReport, "endpoint" | "compared" | "differences">;

/** Whether noise is measured by asking the primary itself again. */
export function isSelfCheck({ primary, secondary }: Pick<Run, "primary" | "secondary">): boolean {
  return primary === secondary;
}

/** Reasons to doubt a verdict: what a self-check cannot judge, and statuses whose noise keeps bodies from being compared. */
export function cautions(
  endpoints: readonly CautionedEndpoint[],
  run: Pick<Run, "primary" | "secondary">,
): readonly string[] {
  return [...serverValues(endpoints, isSelfCheck(run)), ...endpoints.flatMap(ownStatuses)];
}

/** What a replica that was killed can have taken with it. */
export function lossReason(replica: LostReplica): string {
  const { name, lastHeartbeatAt, uncommitted, rate } = replica;
  const bound = lossBound(replica);
  const lost =
    bound === 0
      ? "nothing is missing, unless requests came after that"
      : `at most about ${formatPlural(bound, "request")} are not counted`;
  const seconds = unseenSeconds(replica);
  const goneOn =
    seconds === 0 || rate === 0
      ? ""
      : `, and if it went on while the database was away, ${formatCount(Math.ceil(rate))} more for each second (${formatCount(seconds)} at most)`;
  const state = `${formatCount(uncommitted)} not committed, ${formatCount(Math.round(rate))} per second`;
  return `replica ${name} stopped without ending; its last heartbeat was at ${formatTime(lastHeartbeatAt)} (${state}): ${lost}${goneOn}`;
}

/** The same fields of several endpoints are one reason. */
function serverValues(endpoints: readonly CautionedEndpoint[], isSelfChecked: boolean): string[] {
  const found = endpoints.flatMap((each) => {
    const fields = each.differences.filter((field) => belongsToServer(field, each.compared, isSelfChecked));
    return fields.length === 0 ? [] : [{ endpoint: each.endpoint, fields, list: formatFieldList(fields) }];
  });
  return [...Map.groupBy(found, ({ list }) => list)].map(([list, [first, ...others]]) => {
    const where =
      first === undefined || others.length > 0 ? formatPlural(others.length + 1, "endpoint") : first.endpoint;
    const verb = first?.fields.length === 1 ? "belongs" : "belong";
    const [cannotTell, remedy] = isSelfChecked
      ? ["a self-check cannot tell", "use a secondary"]
      : ["it is too early to tell", "use a longer run"];
    return `${where}: ${cannotTell} whether ${list} ${verb} to the server or to the version; ${remedy}, or a rule`;
  });
}

function belongsToServer(
  { relation, verdict, rule, count }: FieldReport,
  compared: number,
  isSelfChecked: boolean,
): boolean {
  if (compared < MIN_EXCHANGES || relation === null || verdict === "noise" || rule !== null) return false;
  if (!isOfServer(relation) && !(isSelfChecked && relation === "same-body")) return false;
  return count >= (relation === "lagging" ? NOTABLE_SHARE : ALWAYS) * compared;
}

function ownStatuses({ endpoint, compared, differences }: CautionedEndpoint): string[] {
  return differences.flatMap((field) => {
    if (field.verdict !== "noise" || field.count < NOTABLE_SHARE * compared) return [];
    const change = parseStatusPath(field.path);
    if (field.section !== "status" || change === undefined) return [];
    const why = OWN_STATUSES.get(change.primary) ?? OWN_STATUSES.get(change.candidate);
    if (why === undefined) return [];
    const responses = `${formatCount(field.count)} of ${formatPlural(compared, "response")}`;
    return [`${endpoint}: ${formatField(field)} is noise in ${responses}, whose bodies are not compared: ${why}`];
  });
}
