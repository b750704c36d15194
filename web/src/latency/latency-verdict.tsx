import type { ReactElement } from "react";
import type { LatencyReport } from "../../../src/model/report.ts";
import { formatCount, formatMs, formatRatio, plural } from "../ui/numbers.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

const TESTS = { wilcoxon: "Wilcoxon's signed ranks", sign: "the sign test" } as const;

/** What the latency says by itself, and from what. */
export function LatencyVerdict({ latency }: { readonly latency: LatencyReport }): ReactElement {
  const { ratio, allowed, test, pValue, pairs, tail, verdict } = latency;
  if (ratio === null) return <p className="hint">No exchange was measured on both sides.</p>;
  return (
    <>
      <p className="facts" data-latency>
        {verdict === null ? null : <VerdictBadge verdict={verdict} />}
        <span>
          candidate / primary <b>{formatRatio(ratio.estimate)}</b>{" "}
          <span className="soft">
            ({formatRatio(ratio.low)} – {formatRatio(ratio.high)})
          </span>
        </span>
        <span>
          allowed <b>{formatRatio(allowed)}</b>
        </span>
      </p>
      <p className="hint">
        {pValue === null
          ? "Not tested."
          : `If both took equally long, this or more would be seen with p = ${pValue.toPrecision(2)} ` +
            `(${TESTS[test]}, ${plural(pairs, "pair")}).`}
        {tail === null
          ? ""
          : ` Slower than ${formatMs(tail.limit)}: only the candidate in ${formatCount(tail.candidateOnly)}, ` +
            `only the primary in ${formatCount(tail.primaryOnly)} of ${plural(tail.pairs, "pair")}.`}
      </p>
    </>
  );
}
