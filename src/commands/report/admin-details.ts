import type { Isolation } from "../../model/isolate/isolation.ts";
import type { LatencyView } from "../../model/latency.ts";
import type { Report } from "../../model/report.ts";
import type { SampleDetail } from "../../model/sample.ts";
import type { CauseExplanation } from "../../model/views/cause-explanation.ts";
import type { DetailSource } from "../../report/details/detail-source.ts";
import type { SampleSummary } from "../../store/store.ts";
import { notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";

interface IsolationList {
  readonly isolations: readonly Isolation[];
}

/**
 * The samples and distributions of a report from the shadowdiff that made it.
 * @param url admin address
 * @param token default: SHADOWDIFF_ADMIN_TOKEN
 */
export function adminDetails(url: string, token: string | undefined, { run, candidate }: Report): DetailSource {
  const selection = { run: run.id, candidate };
  const get = async (path: string, query: Readonly<Record<string, string | undefined>>, member: string) => {
    const { body, target } = await requestAdmin(url, { path, query: { ...selection, ...query }, token });
    if (!(member in body)) throw notShadowdiff(target);
    return body;
  };
  return {
    async samples(signature, limit) {
      const query = { cause: signature, limit: String(limit) };
      const { samples } = (await get("api/v1/samples", query, "samples")) as { samples: readonly SampleSummary[] };
      const found: SampleDetail[] = [];
      for (const { id } of samples) {
        const path = `api/v1/samples/${encodeURIComponent(id)}`;
        found.push((await get(path, {}, "legs")) as SampleDetail);
      }
      return found;
    },
    latency: async (endpoint) => (await get("api/v1/latency", { endpoint }, "distributions")) as LatencyView,
    async explain(signature, endpoint) {
      const path = `api/v1/causes/${encodeURIComponent(signature)}/explanation`;
      return (await get(path, { endpoint }, "explanations")) as CauseExplanation;
    },
    async isolations(signature) {
      const { isolations } = (await get("api/v1/isolations", { signature }, "isolations")) as IsolationList;
      return isolations.filter(({ endedAt }) => endedAt !== null);
    },
  };
}
