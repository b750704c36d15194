import type { ReactElement } from "react";
import type { Quantiles } from "../../../src/model/report.ts";
import { formatMs } from "../ui/numbers.ts";

/** p50, p95 and p99 of one role on one line. */
export function QuantileLine({ quantiles }: { readonly quantiles: Quantiles }): ReactElement {
  const { p50, p95, p99 } = quantiles;
  return (
    <span className="quantiles">
      <span title="p50">{formatMs(p50)}</span>
      <span title="p95">{formatMs(p95)}</span>
      <span title="p99">{formatMs(p99)}</span>
    </span>
  );
}
