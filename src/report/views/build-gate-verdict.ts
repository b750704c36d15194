import type { EndpointReport, Report, Verdict } from "../../model/report.ts";
import type { GateQuestion, GateVerdict } from "../../model/views/gate-verdict.ts";
import { formatCount } from "../../presentation/words/number-format.ts";

/** Flagger copies the response into an event of Kubernetes, which has at most 1,024 characters. */
const MAX_REASONS = 5;
/** The most urgent first. */
const URGENCY: readonly Verdict[] = ["fail", "inconclusive", "pass"];

type Judged = Pick<GateVerdict, "verdict" | "reasons" | "compared" | "differed" | "needed">;

/**
 * The verdict of a run, or of one of its endpoints.
 * @param storeProblem why the latest exchanges are not stored, or null: then nothing passes
 * @returns undefined if the run has no such endpoint
 */
export function buildGateVerdict(
  report: Report,
  { endpoint, minCompared = 0 }: GateQuestion,
  storeProblem: string | null,
): GateVerdict | undefined {
  const judged = endpoint === undefined ? judgedRun(report) : judgedEndpoint(report, endpoint);
  if (judged === undefined) return undefined;
  const { id, name, startedAt, endedAt } = report.run;
  const { verdict, reasons, compared, differed, needed } = judged;
  const missing = Math.max(0, minCompared - compared);
  const doubts = [
    ...(endpoint === undefined || storeProblem === null ? [] : [`not stored: ${storeProblem}`]),
    ...(missing === 0 ? [] : [`${formatCount(compared)} of ${formatCount(minCompared)} required responses compared`]),
  ];
  return {
    verdict: verdict === "pass" && doubts.length > 0 ? "inconclusive" : verdict,
    reasons: (verdict === "fail" ? [...reasons, ...doubts] : [...doubts, ...reasons]).slice(0, MAX_REASONS),
    run: { id, name, startedAt, endedAt },
    candidate: report.candidate,
    endpoint: endpoint ?? null,
    compared,
    differed,
    needed: needed === null ? null : Math.max(needed, missing),
  };
}

/** The report of a run says on its own what is not stored. */
function judgedRun({ verdict, reasons, accounting: { compared, differed }, needed }: Report): Judged {
  return { verdict, reasons, compared, differed, needed };
}

/** An endpoint of several routes is as good as on the worst of them. */
function judgedEndpoint({ endpoints }: Report, name: string): Judged | undefined {
  const [first, ...others] = endpoints
    .filter(({ endpoint }) => endpoint === name)
    .toSorted((left, right) => URGENCY.indexOf(left.verdict) - URGENCY.indexOf(right.verdict));
  return others.reduce<Judged | undefined>(together, first);
}

function together(worst: Judged | undefined, other: EndpointReport): Judged {
  if (worst === undefined) return other;
  return {
    verdict: worst.verdict,
    reasons: [...worst.reasons, ...other.reasons],
    compared: worst.compared + other.compared,
    differed: worst.differed + other.differed,
    needed: worst.needed === null || other.needed === null ? null : Math.max(worst.needed, other.needed),
  };
}
