import { causeFields } from "../../admin/cause-lookup.ts";
import { readSampleDetail } from "../../admin/read-sample-detail.ts";
import type { TraceUrls } from "../../model/config.ts";
import type { Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import type { SampleDetail } from "../../model/sample.ts";
import type { DetailSource } from "../../report/details/detail-source.ts";
import { explainSignature } from "../../report/explanations/explain-signature.ts";
import { latencyView } from "../../report/latency-view.ts";
import type { StoreReader } from "../../store/store.ts";

/** The limit on decoded bodies is an option of `serve`, which the store does not know: no useful one is larger. */
const MAX_DECODED_BYTES = 256 * 1024 * 1024;

/** A store does not know where people see traces either. */
const NO_TEMPLATES: TraceUrls = { traceUrl: undefined, candidateTraceUrl: undefined };

/** The samples and distributions of a report in its store. */
export function storeDetails(reader: StoreReader, run: Run, report: Report): DetailSource {
  const { candidate } = report;
  return {
    async samples(signature, limit) {
      const fields = causeFields(report, signature);
      const found: SampleDetail[] = [];
      for (const { id } of await reader.samples(run.id, candidate, { fields, limit })) {
        const sample = await reader.sample(run.id, id, candidate);
        // Retention can have deleted it since.
        if (sample !== undefined) found.push(await readSampleDetail(sample, MAX_DECODED_BYTES, NO_TEMPLATES));
      }
      return found;
    },
    latency: (endpoint) => latencyView(reader, run, candidate, endpoint),
    explain: (signature, endpoint) => explainSignature({ reader, run, candidate }, report, signature, endpoint),
    async isolations(signature) {
      const all = await reader.isolations(run.id, candidate);
      return all.filter((each) => each.signature === signature);
    },
  };
}
