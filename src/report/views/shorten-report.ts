import { memoizePerObject } from "../../lib/memoize.ts";
import type { Report } from "../../model/report.ts";
import type { BriefReport } from "../../model/views/brief-report.ts";
import { unreviewedCauses, whereText } from "../../presentation/verdict/headlines.ts";

/** Leaves out fields, causes and rules of a report. */
export const shortenReport = memoizePerObject((report: Report): BriefReport => {
  return {
    run: report.run,
    candidate: report.candidate,
    verdict: report.verdict,
    reasons: report.reasons,
    gate: report.gate,
    accounting: report.accounting,
    parity: report.parity,
    parityVerdict: report.parityVerdict,
    latency: report.latency,
    errors: report.errors,
    needed: report.needed,
    endpoints: report.endpoints.map((each) => ({
      route: each.route,
      endpoint: each.endpoint,
      subset: each.subset,
      compared: each.compared,
      parity: each.parity,
      verdict: each.verdict,
      needed: each.needed,
      latency: {
        ratio: each.latency.ratio,
        primary: each.latency.primary,
        candidate: each.latency.candidate,
        secondary: each.latency.secondary,
      },
    })),
    unreviewed: unreviewedCauses(report).map((wide) => ({
      signature: wide.cause.signature,
      title: wide.cause.title,
      verdict: wide.cause.verdict,
      where: whereText(wide),
    })),
  };
});
