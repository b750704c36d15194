import { matchesEndpoint } from "../compare/rules/rule-match.ts";
import type { SampleField } from "../store/store.ts";
import { ApiError } from "./api-error.ts";

/** A rule that is limited to the endpoints that show a cause. */
interface Limited {
  readonly endpoint: string;
  /** Signature of the cause; undefined: the rule is not limited. */
  readonly cause?: string | undefined;
}

/**
 * One rule for each endpoint that shows the cause of a rule now, in place of one that would also hide it where nobody looked.
 * @param readFields reads the fields of a cause on each endpoint that has it
 * @throws ApiError 404 if no endpoint shows a cause
 */
export async function expandRules<Body extends Limited>(
  bodies: readonly Body[],
  readFields: (signature: string) => Promise<readonly SampleField[]>,
): Promise<readonly Omit<Body, "cause">[]> {
  const expanded = bodies.map(async ({ cause, ...body }) => {
    if (cause === undefined) return [body];
    const names = new Set((await readFields(cause)).map(({ endpoint }) => endpoint));
    const matching = [...names].filter((name) => matchesEndpoint(body.endpoint, name)).toSorted();
    if (matching.length > 0) return matching.map((endpoint) => ({ ...body, endpoint }));
    const remedy = "GET /api/v1/report lists the causes with their signatures. Use ?run= for another run.";
    throw new ApiError("unknown-cause", `No endpoint that matches shows a cause with the signature ${cause}.`, remedy);
  });
  return (await Promise.all(expanded)).flat();
}
