import type { NoticedEvent } from "../model/notify/webhook.ts";
import type { Report } from "../model/report.ts";
import type { BriefCause, BriefReport } from "../model/views/brief-report.ts";
import { formatPlural } from "../presentation/words/number-format.ts";

/** Causes that one event names. */
const MAX_NAMED = 10;
const MAX_REASONS = 5;

type WatchedReport = Pick<BriefReport, "run" | "candidate" | "verdict" | "reasons" | "unreviewed">;

interface Known {
  readonly runId: string;
  readonly verdict: Report["verdict"];
  /** Of the run, and of the one before. */
  readonly signatures: ReadonlySet<string>;
  readonly before: ReadonlySet<string>;
}

/**
 * Notices changes from one look at the reports to the next. The first look at a candidate is the base: a process that joins a run
 * repeats nothing. A new run begins without a verdict; its causes are new unless the run before had them.
 */
export class ReportWatch {
  readonly #known = new Map<string, Known>();

  look(reports: readonly WatchedReport[]): readonly NoticedEvent[] {
    return reports.flatMap((report) => this.#lookAt(report));
  }

  #lookAt(report: WatchedReport): readonly NoticedEvent[] {
    const { run, candidate, verdict, unreviewed } = report;
    const known = this.#known.get(candidate);
    const found = new Set(unreviewed.map(({ signature }) => signature));
    const earlier = earlierIn(run.id, known);
    this.#known.set(candidate, { ...earlier, runId: run.id, verdict, signatures: earlier.signatures.union(found) });
    if (known === undefined) return [];
    const added = unreviewed.filter(
      ({ signature }) => !earlier.signatures.has(signature) && !earlier.before.has(signature),
    );
    return [
      ...(verdict === earlier.verdict ? [] : [verdictEvent(report, earlier.verdict)]),
      ...(added.length === 0 ? [] : [causeEvent(candidate, added)]),
    ];
  }
}

/** What is known of a run before a look at it. Runs before the previous one are forgotten. */
function earlierIn(runId: string, known: Known | undefined): Omit<Known, "runId"> {
  if (known?.runId === runId) return known;
  return { verdict: "inconclusive", signatures: new Set(), before: known?.signatures ?? new Set() };
}

function verdictEvent({ candidate, verdict, reasons }: WatchedReport, before: Report["verdict"]): NoticedEvent {
  const title = `verdict of ${candidate}: ${before} → ${verdict}`;
  return { type: "verdict-changed", title, details: reasons.slice(0, MAX_REASONS), candidate };
}

function causeEvent(candidate: string, causes: readonly BriefCause[]): NoticedEvent {
  const named = causes.slice(0, MAX_NAMED).map(({ title, where }) => `${title} on ${where}`);
  const rest = causes.length - named.length;
  return {
    type: "new-cause",
    title: `${formatPlural(causes.length, "new cause")} in ${candidate}`,
    details: rest > 0 ? [...named, `and ${rest} more`] : named,
    candidate,
  };
}
