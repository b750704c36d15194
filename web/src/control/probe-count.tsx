import type { ReactElement } from "react";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useStatus } from "../data/queries.ts";

/** Requests that were sent in addition to those of clients. Shows nothing before the first one. */
export function ProbeCount(): ReactElement | null {
  const probes = useStatus().data?.probes ?? 0;
  if (probes === 0) return null;
  return (
    <p className="hint" data-probes>
      Sent again since the start, on demand or to isolate a cause: {formatPlural(probes, "request")}, each to all
      versions. No verdict and no other count has them.
    </p>
  );
}
