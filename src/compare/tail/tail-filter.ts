import type { DifferingField } from "../../model/difference.ts";
import type { TailFilter, TailRow } from "../../model/views/tail.ts";

type Filtered = Pick<TailRow, "candidate" | "endpoint" | "primaryStatus" | "candidateStatus"> & {
  readonly fields: readonly DifferingField[];
};

/**
 * Whether a tail with this filter shows an exchange.
 * @param shownTarget the redacted target: a filter that saw more than the row shows could guess a secret character by character
 */
export function matchesFilter(filter: TailFilter, exchange: Filtered, shownTarget: () => string): boolean {
  const { candidate, differing = false, endpoint, status, text } = filter;
  return (
    (candidate === undefined || candidate === exchange.candidate) &&
    (endpoint === undefined || endpoint === exchange.endpoint) &&
    (!differing || exchange.fields.some(({ mark }) => mark === "raw")) &&
    (status === undefined || matchesStatus(status, exchange)) &&
    (text === undefined || shownTarget().toLowerCase().includes(text.toLowerCase()))
  );
}

function matchesStatus(
  status: string,
  { primaryStatus, candidateStatus }: Pick<Filtered, "primaryStatus" | "candidateStatus">,
): boolean {
  if (status === "changed") return primaryStatus !== candidateStatus;
  const matches = (code: number): boolean =>
    status.endsWith("xx") ? Math.floor(code / 100) === Number(status[0]) : code === Number(status);
  return matches(primaryStatus) || matches(candidateStatus);
}
