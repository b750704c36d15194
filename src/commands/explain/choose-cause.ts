import type { CauseReport, Report } from "../../model/report.ts";
import { causeHandle, isHandleOf } from "../../presentation/explain/cause-explanations.ts";
import { causeStateText } from "../../presentation/statuses/status-rows.ts";
import { countingCauses } from "../../presentation/verdict/endpoint-findings.ts";
import { whereText } from "../../presentation/verdict/headlines.ts";
import { formatCount, formatPlural } from "../../presentation/words/number-format.ts";
import { CommandError } from "../terminal/command-io.ts";

/** Causes that an error lists. */
const MAX_LISTED = 20;

/** A cause on all endpoints that have it. */
interface NamedCause {
  readonly cause: CauseReport;
  readonly endpoints: Report["endpoints"];
  readonly count: number;
  /** On at least one endpoint it is neither noise nor hidden by a rule. */
  readonly isCounting: boolean;
}

/**
 * Finds a cause by its signature or how that begins, as reports print it, or by words of its title. Of several with these words,
 * the only one that counts is meant.
 * @throws {CommandError} that lists the causes
 */
export function chooseCause(report: Report, wanted: string): CauseReport {
  const causes = namedCauses(report);
  const named = causes.filter(({ cause }) => isHandleOf(wanted, cause));
  const found = named.length > 0 ? named : causes.filter(({ cause }) => hasWords(cause.title, wanted));
  const counting = found.filter(({ isCounting }) => isCounting);
  const [chosen, ...others] = counting.length === 1 ? counting : found;
  if (chosen !== undefined && others.length === 0) return chosen.cause;
  if (chosen !== undefined)
    throw new CommandError(`${wanted} names ${formatCount(found.length)} causes; ${listOf(found)}`);
  throw new CommandError(`no cause is named ${wanted}; ${listOf(causes.filter(({ isCounting }) => isCounting))}`);
}

/** Those with the highest rank first. */
function namedCauses({ endpoints }: Report): readonly NamedCause[] {
  const all = endpoints.flatMap((endpoint) => endpoint.causes.map((cause) => ({ endpoint, cause })));
  return [...Map.groupBy(all, ({ cause }) => cause.signature).values()]
    .map((group) => group.toSorted((one, other) => other.cause.rank - one.cause.rank))
    .flatMap((group): readonly NamedCause[] => {
      const [first] = group;
      if (first === undefined) return [];
      return [
        {
          cause: first.cause,
          endpoints: group.map(({ endpoint }) => endpoint),
          count: group.reduce((sum, { cause }) => sum + cause.count, 0),
          isCounting: group.some(({ endpoint, cause }) => countingCauses(endpoint).includes(cause)),
        },
      ];
    })
    .toSorted((one, other) => other.cause.rank - one.cause.rank);
}

function hasWords(title: string, wanted: string): boolean {
  const text = title.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function listOf(causes: readonly NamedCause[]): string {
  if (causes.length === 0) return "the report has no causes that count";
  const rest = causes.length - MAX_LISTED;
  const more = rest > 0 ? `, and ${formatPlural(rest, "more cause")}` : "";
  return `the causes are: ${causes.slice(0, MAX_LISTED).map(describe).join(", ")}${more}`;
}

function describe(named: NamedCause): string {
  const { cause, count, isCounting } = named;
  const state =
    cause.verdict === "noise" ? "noise" : isCounting ? `${cause.verdict}, ${causeStateText(cause)}` : "hidden";
  return `${causeHandle(cause)} (${cause.title}; ${state}; ${formatPlural(count, "response")} of ${whereText(named)})`;
}
