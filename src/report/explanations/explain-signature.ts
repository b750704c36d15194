import type { Explanation, ExplanationKind } from "../../model/explain/explanation.ts";
import type { Report } from "../../model/report.ts";
import type { CauseExplanation } from "../../model/views/cause-explanation.ts";
import type { CandidateSource } from "../read-counts.ts";
import { createEvidenceReader } from "./endpoint-evidence.ts";
import { explainOnEndpoint } from "./explain-on-endpoint.ts";

/** Endpoints of a cause that are explained, those with most exchanges of it. */
const MAX_ENDPOINTS = 20;

/** What says most comes first. */
const ORDER: Readonly<Record<ExplanationKind, number>> = { condition: 0, time: 0, always: 1, even: 2, "too-few": 3 };

/**
 * Explains a cause on each endpoint that has it, strongest first; on endpoints without kept exchanges it cannot be explained.
 * @param endpoint only on this one; undefined for all
 * @param signature of a cause of the report
 */
export async function explainSignature(
  { reader, run, candidate }: CandidateSource,
  { endpoints }: Pick<Report, "endpoints">,
  signature: string,
  endpoint?: string,
): Promise<CauseExplanation> {
  const all = endpoints.flatMap((at) =>
    at.causes.filter((cause) => cause.signature === signature).map((cause) => ({ at, cause })),
  );
  const title = all[0]?.cause.title ?? "";
  const asked = all.filter(({ at }) => endpoint === undefined || at.endpoint === endpoint);
  const wanted = asked.toSorted((one, other) => other.cause.count - one.cause.count).slice(0, MAX_ENDPOINTS);
  const explanations = await reader.snapshot(async (snapshot) => {
    const read = await createEvidenceReader({ reader: snapshot, runId: run.id, candidate });
    const found: Explanation[] = [];
    for (const { at, cause } of wanted) {
      const evidence = await read(at);
      if (evidence !== undefined) found.push(explainOnEndpoint(cause, evidence));
    }
    return found.toSorted(byStrength);
  });
  return { runId: run.id, candidate, signature, title, explanations, omitted: asked.length - wanted.length };
}

function byStrength(one: Explanation, other: Explanation): number {
  return (
    ORDER[one.kind] - ORDER[other.kind] ||
    (other.findings[0]?.evidence ?? 0) - (one.findings[0]?.evidence ?? 0) ||
    other.total.count - one.total.count
  );
}
