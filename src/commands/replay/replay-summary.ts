import { SAFE_METHODS } from "../../http/safe-methods.ts";
import type { MaskedPart, RecordingProgress, SkippedRecord } from "../../model/replay/recording.ts";
import type { ReplayCounts } from "../../model/replay/replay-counts.ts";
import { formatCount, formatDuration, formatPlural, formatRate } from "../../presentation/words/number-format.ts";
import type { ReadCounts } from "../../replay/drive/scheduled-requests.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";

export interface ReplaySummary {
  readonly elapsedMs: number;
  readonly counts: ReplayCounts;
  readonly read: ReadCounts;
  readonly recording: RecordingProgress;
  /** Methods that a candidate takes. */
  readonly methods: ReadonlySet<string>;
  readonly dropped: number;
  /** Requests of one client were sent one after the other. */
  readonly keepsOrder: boolean;
  /** The recording was to be replayed more than once. */
  readonly isRepeated: boolean;
  readonly isInterrupted: boolean;
}

const MS_PER_SECOND = 1000;
const SKIPPED_TEXTS: Readonly<Record<SkippedRecord, string>> = {
  method: "with a method whose requests are incomplete in this format, or that is never sent",
  scheme: "with a scheme other than HTTP and HTTPS",
  upgrade: "with a switch to another protocol",
  response: "with a response",
  empty: "without a request",
};
const MASKED_TEXTS: Readonly<Record<MaskedPart, string>> = {
  target: "masked values in their target",
  headers: "masked headers",
  body: "a body that was not stored",
};

/** What was sent, and what was not, with a remedy for each: the lines before the report. */
export function summaryText({
  elapsedMs,
  counts,
  read,
  recording,
  methods,
  dropped,
  keepsOrder,
  isRepeated,
  isInterrupted,
}: ReplaySummary): string {
  const { skipped, masked, broken, firstProblems } = recording;
  const rate = (counts.sent / Math.max(elapsedMs, 1)) * MS_PER_SECOND;
  // What is not sent is counted once, because the passes ahead are read before they are sent.
  const each = isRepeated ? " in each pass" : "";
  const lines = [
    `replayed ${formatPlural(counts.sent, "request")} in ${formatDuration(elapsedMs)} (${formatRate(rate)})${isInterrupted ? ", interrupted" : ""}`,
    ...[...counts.unsent].map(([method, count]) => {
      return `  not sent: ${formatPlural(count, `${method} request`)}; ${remedyOf(method, methods)}`;
    }),
    ...lineIf(counts.refused, (count) => `  not sent: ${formatPlural(count, "malformed request")}`),
    ...lineIf(recording.filteredOut, (count) => `  filtered out: ${formatPlural(count, "request")}${each}`),
    ...entriesOf(skipped).flatMap(([reason, count]) =>
      lineIf(
        count,
        () => `  skipped: ${formatPlural(count, "record")} ${SKIPPED_TEXTS[reason]}${each === "" ? "" : `,${each}`}`,
      ),
    ),
    ...lineIf(broken, (count) => `  unreadable: ${formatPlural(count, "record")}${each}`),
    ...firstProblems.map(({ place, problem }) => `    ${place}: ${problem}`),
    ...lineIf(broken - firstProblems.length, (count) =>
      firstProblems.length > 0 ? `    and ${formatCount(count)} more` : "",
    ),
    ...entriesOf(masked).flatMap(([part, count]) =>
      lineIf(
        count,
        () => `  masked: ${formatPlural(count, "request")}${each} with ${MASKED_TEXTS[part]}; the response may differ`,
      ),
    ),
    ...lineIf(counts.primaryFailed, (count) => `  no response of the primary: ${formatPlural(count, "request")}`),
    ...lineIf(dropped, (count) => `  dropped: ${formatPlural(count, "copy", "copies")}; lower --concurrency`),
    ...lineIf(
      counts.late,
      (count) =>
        `  sent late: ${formatPlural(count, "request")}, by up to ${formatDuration(counts.latestMs)}; raise --concurrency, or lower the pace`,
    ),
    ...(keepsOrder && hasOneLane(read) && counts.sent > 1
      ? ["  all requests are from one client, and were sent one after the other; --any-order sends them concurrently"]
      : []),
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join("");
}

/** Naming methods replaces those that are sent, so the remedy repeats them. */
function remedyOf(method: string, methods: ReadonlySet<string>): string {
  if (methods.has(method) || method === "other") return "no candidate of their routes takes them";
  const remedy = `--method ${[...methods, method].join(",")}`;
  return SAFE_METHODS.has(method) ? `to send them too: ${remedy}` : `a write happens on every version: ${remedy}`;
}

function hasOneLane({ lanes }: ReadCounts): boolean {
  return lanes.size === 1 && !lanes.has(null);
}

function lineIf(count: number, line: (count: number) => string): string[] {
  return count > 0 ? [line(count)] : [];
}

function entriesOf<Key extends string>(record: Readonly<Record<Key, number>>): [Key, number][] {
  return Object.entries(record) as [Key, number][];
}
