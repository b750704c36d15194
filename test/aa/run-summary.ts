import { wilsonInterval } from "../../src/report/statistics/wilson-interval.ts";
import type { RunResult } from "./one-run.ts";
import { MODES } from "./target-program.ts";
import { PACINGS } from "./traffic.ts";

/** Of 100 runs of identical servers, at most this many may fail, in each mode. */
const MOST_FAILS_OF_100 = 5;
const MOST_FINDINGS = 4;

/** `3 (1% – 8.5%)`: a count with the interval (Wilson 1927, 95%) of its share. */
function countText(count: number, of: number): string {
  if (of === 0) return "–";
  const { low, high } = wilsonInterval(count, of);
  return `${count} (${percent(low)} – ${percent(high)}%)`;
}

function percent(share: number): string {
  return String(Number((share * 100).toFixed(1)));
}

/** One Markdown row for each mode and pacing that ran, and one for all. */
export function summaryTable(results: readonly RunResult[]): string {
  const head = [
    "mode",
    "traffic",
    "runs",
    "fail (95%)",
    "inconclusive",
    "pass",
    "first failed because of",
    "placebo fails",
    "latency interval contains 1",
  ];
  const groups = MODES.flatMap((mode) => PACINGS.map((pacing) => ({ mode, pacing })));
  const rows = groups
    .map(
      ({ mode, pacing }) =>
        [mode, pacing, results.filter((run) => run.mode === mode && run.pacing === pacing)] as const,
    )
    .filter(([, , runs]) => runs.length > 0)
    .map(([mode, pacing, runs]) => [mode, pacing, ...groupCells(runs)]);
  return markdownTable(head, [...rows, ["all", "", ...groupCells(results)]]);
}

function groupCells(runs: readonly RunResult[]): readonly string[] {
  const count = (verdict: RunResult["verdict"]): number => runs.filter((run) => run.verdict === verdict).length;
  const placebos = runs.filter(({ placeboFailed }) => placeboFailed !== null);
  const ratios = runs.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  return [
    String(runs.length),
    countText(count("fail"), runs.length),
    String(count("inconclusive")),
    String(count("pass")),
    commonest(runs.flatMap(({ findings }) => [...new Set(findings.map(groupOfFinding))])),
    placebos.length === 0
      ? "–"
      : `${placebos.filter(({ placeboFailed }) => placeboFailed).length} of ${placebos.length}`,
    ratios.length === 0 ? "–" : `${ratios.filter(([, low, high]) => low <= 1 && high >= 1).length} of ${ratios.length}`,
  ];
}

/** Fields are told apart by their first member, so that random keys are one group. */
function groupOfFinding(finding: string): string {
  return /^field \w+ (?:\$\.?)?[\w-]+/.exec(finding)?.[0] ?? finding;
}

function commonest(names: readonly string[]): string {
  const counts = Object.entries(Object.groupBy(names, (name) => name)).map(
    ([name, own = []]) => [name, own.length] as const,
  );
  const sorted = counts.sort((a, b) => b[1] - a[1]);
  const named = sorted.slice(0, MOST_FINDINGS).map(([name, count]) => `${name} ×${count}`);
  return [...named, ...(sorted.length > MOST_FINDINGS ? [`${sorted.length - MOST_FINDINGS} more`] : [])].join(", ");
}

/** One Markdown row for each kind that failed in any run: fails of runs, per mode and pacing. */
export function kindTable(results: readonly RunResult[]): string {
  const groups = MODES.flatMap((mode) => PACINGS.map((pacing) => ({ mode, pacing })));
  const byKind = Object.entries(Object.groupBy(results, ({ kind }) => kind));
  const rows = byKind
    .filter(([, runs]) => runs.some(({ verdict }) => verdict === "fail"))
    .map(([kind, runs]) => [
      kind,
      ...groups.map(({ mode, pacing }) => {
        const own = runs.filter((run) => run.mode === mode && run.pacing === pacing);
        return own.length === 0 ? "" : `${own.filter(({ verdict }) => verdict === "fail").length}/${own.length}`;
      }),
    ]);
  if (rows.length === 0) return "No kind failed.";
  return markdownTable(["kind: fails / runs", ...groups.map(({ mode, pacing }) => `${mode}, ${pacing}`)], rows);
}

/** Lines for each mode that fails more often than its goal; none when the goals hold. */
export function missedGoals(results: readonly RunResult[]): readonly string[] {
  return MODES.flatMap((mode) => {
    const runs = results.filter((run) => run.mode === mode);
    const fails = runs.filter(({ verdict }) => verdict === "fail").length;
    const most = Math.ceil((runs.length * MOST_FAILS_OF_100) / 100);
    return fails <= most ? [] : [`${mode}: ${fails} of ${runs.length} runs failed; the goal is at most ${most}`];
  });
}

/** A Markdown table. A bar in a cell is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map(markdownLine).join("\n");
}

function markdownLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
