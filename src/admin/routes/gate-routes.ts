import type { Verdict } from "../../model/report.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { gateQuery, gateVerdictSchema, type OkChoice } from "../schemas/process/gate-verdict-schema.ts";

/**
 * The verdict as a status code, for tools that control a rollout. It changes nothing, also with POST, which Flagger sends for
 * every webhook. It may be as old as the report of a dashboard, so that frequent polling costs no report.
 * @param app only for this route: its parsers of bodies are replaced by one that ignores them
 */
export function gateRoutes(app: AdminApp, { reports }: Pick<AdminOptions, "reports">): void {
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
      const verdict = await reports.ask("gate", query);
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
