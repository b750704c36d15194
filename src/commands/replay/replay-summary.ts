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
}

const MS_PER_SECOND = 1000;
const SKIPPED_TEXTS: Readonly<Record<SkippedRecord, string>> = {
  method: "have a method whose requests are incomplete in this format, or that is never sent",
  scheme: "are neither HTTP nor HTTPS",
  upgrade: "switch to another protocol",
  response: "are responses",
  empty: "are empty",
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
}: ReplaySummary): string {
  const { skipped, masked, broken, firstProblems } = recording;
  const rate = (counts.done / Math.max(elapsedMs, 1)) * MS_PER_SECOND;
  const others = [...read.methods].filter(([method]) => !methods.has(method));
  const lines = [
    `replayed ${formatPlural(counts.done, "request")} in ${formatDuration(elapsedMs)} (${formatRate(rate)})`,
    ...others.map(
      ([method, count]) =>
        `  not sent: ${formatPlural(count, `${method} request`)}; a write happens on every version: --method ${method}`,
    ),
    ...lineIf(counts.refused, (count) => `  not sent: ${formatPlural(count, "malformed request")}`),
    ...lineIf(recording.filteredOut, (count) => `  filtered out: ${formatPlural(count, "request")}`),
    ...entriesOf(skipped).flatMap(([reason, count]) =>
      lineIf(count, () => `  skipped: ${formatPlural(count, "record")} that ${SKIPPED_TEXTS[reason]}`),
    ),
    ...lineIf(broken, (count) => `  unreadable: ${formatPlural(count, "record")}`),
    ...firstProblems.map(({ place, problem }) => `    ${place}: ${problem}`),
    ...lineIf(broken - firstProblems.length, (count) =>
      firstProblems.length > 0 ? `    and ${formatCount(count)} more` : "",
    ),
    ...entriesOf(masked).flatMap(([part, count]) =>
      lineIf(
        count,
        () => `  masked: ${formatPlural(count, "request")} with ${MASKED_TEXTS[part]}; the response may differ`,
      ),
    ),
    ...lineIf(counts.primaryFailed, (count) => `  no response of the primary: ${formatPlural(count, "request")}`),
    ...lineIf(dropped, (count) => `  dropped: ${formatPlural(count, "copy", "copies")}; lower --concurrency`),
    ...lineIf(
      counts.late,
      (count) =>
        `  sent late: ${formatPlural(count, "request")}, by up to ${formatDuration(counts.latestMs)}; raise --concurrency, or lower the pace`,
    ),
    ...(keepsOrder && hasOneLane(read) && counts.done > 1
      ? ["  all requests are from one client, and were sent one after the other; --any-order sends them concurrently"]
      : []),
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join("");
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
