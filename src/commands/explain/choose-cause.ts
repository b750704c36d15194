import type { CauseReport, Report } from "../../model/report.ts";
import { causeHandle, isHandleOf } from "../../presentation/explain/cause-explanations.ts";
import { wideCauses, whereText } from "../../presentation/verdict/headlines.ts";
import { formatCount, formatPlural } from "../../presentation/words/number-format.ts";
import { CommandError } from "../terminal/command-io.ts";

/** Causes that an error lists. */
const MAX_LISTED = 20;

/**
 * Finds a cause by its signature or how that begins, as reports print it, or by words of its title.
 * @throws {CommandError} that lists the causes
 */
export function chooseCause(report: Report, wanted: string): CauseReport {
  const all = report.endpoints.flatMap(({ causes }) => causes);
  const causes = [...Map.groupBy(all, ({ signature }) => signature).values()].flatMap(([first]) => first ?? []);
  const named = causes.filter((cause) => isHandleOf(wanted, cause));
  const found = named.length > 0 ? named : causes.filter(({ title }) => hasWords(title, wanted));
  const [cause, ...others] = found;
  if (cause !== undefined && others.length === 0) return cause;
  const problem =
    cause === undefined ? `no cause is named ${wanted}` : `${wanted} names ${formatCount(found.length)} causes`;
  const listed = cause === undefined ? wideCauses(report).map(describe) : found.map(describeOne);
  throw new CommandError(`${problem}; ${listOf(listed)}`);
}

function hasWords(title: string, wanted: string): boolean {
  const text = title.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function listOf(causes: readonly string[]): string {
  if (causes.length === 0) return "the report has no causes that count";
  const rest = causes.length - MAX_LISTED;
  const more = rest > 0 ? `, and ${formatPlural(rest, "more cause")}` : "";
  return `the causes are: ${causes.slice(0, MAX_LISTED).join(", ")}${more}`;
}

function describe(wide: ReturnType<typeof wideCauses>[number]): string {
  return `${describeOne(wide.cause)} on ${whereText(wide)}`;
}

function describeOne(cause: CauseReport): string {
  return `${causeHandle(cause)} (${cause.title})`;
}
