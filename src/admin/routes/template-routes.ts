import { inForce, templateName } from "../../endpoints/learned-template.ts";
import type { TemplateDecisions, TemplatePosition } from "../../model/views/templates.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { actorOf, type AuditedEdits } from "../audited-edits.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { sendAnswer } from "../reports/reports.ts";
import { changeErrors, errorSchema, storeErrors } from "../schemas/error-schema.ts";
import { reportQuery } from "../schemas/report-schema.ts";
import { decisionBody, decisionsSchema, positionQuery, templatesSchema } from "../schemas/endpoints/template-schema.ts";

/** Each template takes time in every comparison. */
const MAX_TEMPLATES = 500;

/** Path segments whose values are counted as one endpoint, those that are kept apart, and proposals. */
export function templateRoutes(
  app: AdminApp,
  options: AdminOptions,
  store: StoreConnection,
  edits: AuditedEdits,
): void {
  const decisions = (): Promise<TemplateDecisions> =>
    store.query(async (reader) => ({
      templates: (await reader.templates()).map(inForce),
      keptApart: await reader.keptApart(),
    }));

  app.get(
    "/api/v1/templates",
    {
      schema: {
        summary: "Path segments that are counted as one endpoint or kept apart, and those of a run that look alike",
        querystring: reportQuery,
        response: { ...storeErrors, 200: templatesSchema },
      },
    },
    ({ query }, reply) => sendAnswer(options.reports, reply, "templates", query),
  );

  app.post(
    "/api/v1/templates",
    {
      schema: {
        summary:
          "Count the values of a path segment as one endpoint, or keep them apart; reports apply it to earlier exchanges too",
        body: decisionBody,
        response: { ...changeErrors, 200: decisionsSchema, 409: errorSchema },
      },
    },
    async ({ body, ip }) => {
      const { templates, keptApart } = await decisions();
      if (templates.length + keptApart.length >= MAX_TEMPLATES) {
        const message = `The limit of ${MAX_TEMPLATES} templates is reached.`;
        throw new ApiError("too-many-templates", message, "Remove some, or write templates into compare.endpoints.");
      }
      const audit = (what: string) => ({ at: Date.now(), by: actorOf({ ip }, options), what });
      const { route, method, parent } = body;
      const position = { route, method, parent };
      if (body.decision === "apart") {
        await edits.write({ type: "keep-apart", position, audit: audit(`kept apart ${placeOf(position)}`) });
      } else {
        const template = { ...position, parameter: body.parameter, literals: body.literals };
        await edits.write({ type: "count-as-one", template, audit: audit(`counted as one ${templateName(template)}`) });
      }
      return decisions();
    },
  );

  app.delete(
    "/api/v1/templates",
    {
      schema: {
        summary: "Take back a decision about a path segment; what was counted as one in the meantime stays so",
        querystring: positionQuery,
        response: { ...changeErrors, 200: decisionsSchema, 409: errorSchema },
      },
    },
    async ({ query: position, ip }) => {
      await assertDecided(position, store);
      const audit = {
        at: Date.now(),
        by: actorOf({ ip }, options),
        what: `took back the decision about ${placeOf(position)}`,
      };
      await edits.write({ type: "undecide-template", position, audit });
      return decisions();
    },
  );
}

/** @throws ApiError if there is no decision about the segment */
async function assertDecided(position: TemplatePosition, store: StoreConnection): Promise<void> {
  const isSame = (one: TemplatePosition): boolean =>
    one.route === position.route && one.method === position.method && one.parent === position.parent;
  const { template, apart } = await store.query(async (reader) => ({
    template: (await reader.templates()).find(isSame),
    apart: (await reader.keptApart()).find(isSame),
  }));
  if (apart !== undefined || template?.decided !== undefined) return;
  if (template === undefined) {
    const message = `There is no decision about ${placeOf(position)}.`;
    throw new ApiError("unknown-template", message, "GET /api/v1/templates lists the decisions.");
  }
  throw new ApiError(
    "template-of-traffic",
    `${templateName(template)} was learned from traffic.`,
    'Send {"decision": "apart", …} with POST /api/v1/templates to keep the values apart.',
  );
}

/** `GET /posts/…` */
function placeOf({ method, parent }: TemplatePosition): string {
  return `${method} ${parent}/…`;
}
