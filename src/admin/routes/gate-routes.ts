import type { Verdict } from "../../model/report.ts";
import { buildGateVerdict } from "../../report/views/build-gate-verdict.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import type { CachedReports } from "../live/cached-reports.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { selectRun } from "../run-selection.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { gateQuery, gateVerdictSchema, type OkChoice } from "../schemas/process/gate-verdict-schema.ts";

/**
 * The verdict as a status code, for tools that control a rollout. It changes nothing, also with POST, which Flagger sends for
 * every webhook. It may be as old as the report of a dashboard, so that frequent polling costs no report.
 * @param app only for this route: its parsers of bodies are replaced by one that ignores them
 */
export function gateRoutes(
  app: AdminApp,
  { runs, status }: AdminOptions,
  store: StoreConnection,
  reports: CachedReports,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, _body, done) => done(null, undefined));
  app.route({
    method: ["GET", "POST"],
    url: "/api/v1/gate",
    config: { scope: "rollout", readsOnly: true },
    schema: {
      summary: "The verdict as a status code: 200 pass, 409 fail, 425 inconclusive; the body of a POST is ignored",
      querystring: gateQuery,
      response: { ...storeErrors, 200: gateVerdictSchema, 409: gateVerdictSchema, 425: gateVerdictSchema },
    },
    handler: async ({ query }, reply) => {
      const verdict = await store.query(async (reader) => {
        const { run, candidate } = await selectRun(reader, runs.current, query);
        const report = await reports.recent(reader, run, candidate);
        return buildGateVerdict(report, query, run.endedAt === null ? status().store.error : null);
      });
      if (verdict === undefined) {
        const message = `The run has no comparisons on the endpoint ${query.endpoint}.`;
        throw new ApiError("unknown-endpoint", message, "GET /api/v1/endpoints lists the endpoints.");
      }
      return reply.code(statusOf(verdict.verdict, query.ok)).send(verdict);
    },
  });
}

/** 425 (RFC 8470 §5.2): too early to say. Unlike a 503, no proxy sends it on its own, and clients do not repeat it. */
function statusOf(verdict: Verdict, ok: OkChoice): 200 | 409 | 425 {
  if (verdict === "pass" || ok === "any") return 200;
  if (verdict === "fail") return 409;
  return ok === "not-fail" ? 200 : 425;
}
