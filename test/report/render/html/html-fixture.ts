import type { LatencyView } from "../../../../src/model/latency.ts";
import type { Report } from "../../../../src/model/report.ts";
import type { SampleDetail, SampleDetailLeg } from "../../../../src/model/sample.ts";
import type { ReportDetails } from "../../../../src/report/details/gather-details.ts";
import { renderHtml } from "../../../../src/report/render/html/render-html.ts";
import { wideCauses } from "../../../../src/presentation/verdict/headlines.ts";
import { NOW } from "../../memory-reader.ts";

function leg(subset: string, text: string, headers: readonly string[]): SampleDetailLeg {
  return {
    subset,
    failure: null,
    status: 200,
    headers,
    trailers: [],
    body: { form: "text", mediaType: "text/plain", length: text.length, truncated: false, text },
    timing: { connectMs: null, firstByteMs: 1, totalMs: 2 },
  };
}

/** A sample whose bodies are text. */
export function textSample(
  id: string,
  primary: string,
  candidate: string,
  more: Partial<SampleDetail> = {},
): SampleDetail {
  return {
    id,
    at: NOW,
    route: "default",
    endpoint: "GET /a",
    candidate: "v2",
    method: "GET",
    target: "/a",
    headers: ["Host", "a.example"],
    fields: [{ section: "body", path: "$", kind: "value", mark: "raw" }],
    differences: [
      { section: "body", path: "$", kind: "value", pointer: "", relation: null, primary: "one", candidate: "two" },
    ],
    legs: {
      primary: leg("v1", primary, ["x-same", "1"]),
      candidate: leg("v2", candidate, ["x-same", "1"]),
      secondary: null,
    },
    changes: null,
    changesCut: false,
    ...more,
  };
}

/** The page of a report, with the same samples for each of its causes. */
export function pageOf(
  report: Report,
  samplesOf: (signature: string) => readonly SampleDetail[] = () => [],
  latency: LatencyView | null = null,
): string {
  const samples = new Map(wideCauses(report).map(({ cause }) => [cause.signature, samplesOf(cause.signature)]));
  const details: ReportDetails = { samples, latency, latencies: new Map() };
  return renderHtml(report, details, { now: NOW, version: "1.2.3" });
}
