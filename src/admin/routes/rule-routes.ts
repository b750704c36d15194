import { randomUUID } from "node:crypto";
import { rulePaths, type Rule } from "../../model/rule.ts";
import { neverMatches } from "../../report/rules/never-matching.ts";
import { overBroad } from "../../report/rules/over-broad-rules.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { actorOf, type AuditedEdits, describeRule, describeRules } from "../audited-edits.ts";
import { changeErrors, errorSchema, storeErrors } from "../schemas/error-schema.ts";
import {
  addedSchema,
  addedTogetherSchema,
  previewBody,
  previewSchema,
  type RuleBody,
  ruleBody,
  ruleParams,
  rulesBody,
  rulesSchema,
  undoRulesBody,
} from "../schemas/rule-schema.ts";
import { reportQuery } from "../schemas/report-schema.ts";
import { expandRules } from "../expand-rules.ts";
import type { RunSelection } from "../run-selection.ts";
import type { StoreConnection } from "../live/store-connection.ts";

/** Each rule takes time in every comparison of its endpoints. */
const MAX_RULES = 500;

/** What the routes of rules share. */
interface RuleRoutes {
  readonly app: AdminApp;
  readonly options: AdminOptions;
  readonly store: StoreConnection;
  readonly edits: AuditedEdits;
  /** Rules of the configuration, which are read-only here. */
  readonly configured: () => readonly Rule[];
  /** Rules that were added at run time. */
  readonly stored: () => Promise<readonly Rule[]>;
}

/** Rules: the list, adding, previewing and removing. */
export function ruleRoutes(app: AdminApp, options: AdminOptions, store: StoreConnection, edits: AuditedEdits): void {
  const routes: RuleRoutes = {
    app,
    options,
    store,
    edits,
    configured: () => options.current().compare.rules,
    stored: () => store.query((reader) => reader.rules()),
  };
  listRoute(routes);
  addRoute(routes);
  addTogetherRoute(routes);
  undoRoute(routes);
  previewRoute(routes);
  removeRoute(routes);
}

function listRoute({ app, configured, stored }: RuleRoutes): void {
  app.get(
    "/api/v1/rules",
    {
      schema: {
        summary: "All rules: configured rules first, then rules added at run time, oldest first",
        response: { ...storeErrors, 200: rulesSchema },
      },
    },
    async () => ({ rules: [...configured(), ...(await stored())] }),
  );
}

function addRoute({ app, options, edits, stored }: RuleRoutes): void {
  app.post(
    "/api/v1/rules",
    {
      schema: {
        summary: "Add a rule; it is in effect once the request succeeds",
        body: ruleBody,
        response: { ...changeErrors, 201: addedSchema, 409: errorSchema, 422: errorSchema },
      },
    },
    async (request, reply) => {
      const rule = newRule(request.body, actorOf(request, options));
      rejectOverBroad(rule, request.body.force);
      rejectTooMany((await stored()).length + 1);
      await edits.write({ type: "add-rule", rule, audit: audit(rule.createdBy, `added ${describeRule(rule)}`) });
      return reply.code(201).send({ rule, warnings: warningsOf(rule, options) });
    },
  );
}

function addTogetherRoute(routes: RuleRoutes): void {
  const { app, options, edits, stored } = routes;
  app.post(
    "/api/v1/rules/batch",
    {
      schema: {
        summary: "Add several rules, all or none; they are in effect once the request succeeds",
        querystring: reportQuery,
        body: rulesBody,
        response: { ...changeErrors, 201: addedTogetherSchema, 409: errorSchema, 422: errorSchema },
      },
    },
    async (request, reply) => {
      const by = actorOf(request, options);
      const bodies = await rulesOf(routes, request.body.rules, request.query);
      const rules = bodies.map((body) => newRule(body, by));
      for (const rule of rules) rejectOverBroad(rule, request.body.force);
      rejectTooMany((await stored()).length + rules.length);
      await edits.write({ type: "rules", add: rules, remove: [], audit: audit(by, `added ${describeRules(rules)}`) });
      return reply.code(201).send({ rules, warnings: rules.flatMap((rule) => warningsOf(rule, options)) });
    },
  );
}

function undoRoute({ app, options, edits, configured, stored }: RuleRoutes): void {
  app.post(
    "/api/v1/rules/batch/undo",
    {
      schema: {
        summary: "Remove rules that were added together at run time, all or none",
        body: undoRulesBody,
        response: { ...changeErrors, 200: rulesSchema },
      },
    },
    async (request) => {
      const { ids } = request.body;
      const known = (await stored()).filter(({ id }) => ids.includes(id));
      if (known.length === 0) {
        throw new ApiError("unknown-rule", "There are no such rules.", "GET /api/v1/rules lists the rules.");
      }
      const what = `removed ${describeRules(known)}`;
      await edits.write({ type: "rules", add: [], remove: ids, audit: audit(actorOf(request, options), what) });
      return { rules: [...configured(), ...(await stored())] };
    },
  );
}

function previewRoute(routes: RuleRoutes): void {
  const { app, options } = routes;
  app.post(
    "/api/v1/rules/preview",
    {
      schema: {
        summary: "Preview which differences a rule, or several together, would hide, without adding it",
        querystring: reportQuery,
        body: previewBody,
        response: { ...storeErrors, 200: previewSchema, 409: errorSchema },
      },
    },
    async ({ query: selection, body, ...request }) => {
      const bodies = "rules" in body ? body.rules : [body];
      const expanded = await rulesOf(routes, bodies, selection);
      const rules = expanded.map((each) => newRule(each, actorOf(request, options)));
      return {
        ...(await options.reports.ask("rulePreview", { selection, rules })),
        warnings: rules.flatMap((rule) => warningsOf(rule, options)),
      };
    },
  );
}

function removeRoute({ app, options, edits, configured, stored }: RuleRoutes): void {
  app.delete(
    "/api/v1/rules/:id",
    {
      schema: {
        summary: "Remove a rule that was added at run time; reports stop applying it, including to earlier exchanges",
        params: ruleParams,
        response: { ...changeErrors, 200: rulesSchema, 409: errorSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      if (configured().some((rule) => rule.id === id)) {
        throw new ApiError(
          "rule-of-configuration",
          `The rule ${id} belongs to the configuration.`,
          "Remove it from the configuration file; shadowdiff reloads the file when it changes.",
        );
      }
      const rule = (await stored()).find((known) => known.id === id);
      if (rule === undefined) {
        throw new ApiError("unknown-rule", `There is no rule ${id}.`, "GET /api/v1/rules lists the rules.");
      }
      await edits.write({
        type: "remove-rule",
        id,
        audit: audit(actorOf(request, options), `removed ${describeRule(rule)}`),
      });
      return { rules: [...configured(), ...(await stored())] };
    },
  );
}

/** The rules of a request, one for each endpoint that shows the cause to which one is limited. */
async function rulesOf<Body extends { readonly endpoint: string; readonly cause?: string | undefined }>(
  { options }: RuleRoutes,
  bodies: readonly Body[],
  selection: RunSelection,
): Promise<readonly Omit<Body, "cause">[]> {
  const expanded = await expandRules(bodies, (signature) =>
    options.reports.ask("fieldsOfCause", { selection, signature, isRecent: false }),
  );
  rejectTooMany(expanded.length);
  return expanded;
}

/** Why a rule never matches; a path of a list is named. */
function warningsOf(rule: Rule, { current }: AdminOptions): readonly string[] {
  return neverMatches(rule, current()).map(({ field, index, message }) => {
    const where = index === undefined ? field : `${field} ${rulePaths(rule)[index]}`;
    return `${where}: ${message}`;
  });
}

/** @param count of rules, with those that are to be added */
function rejectTooMany(count: number): void {
  if (count <= MAX_RULES) return;
  throw new ApiError(
    "too-many-rules",
    `The limit of ${MAX_RULES} rules is reached.`,
    "Remove rules that are expired or dead.",
  );
}

function rejectOverBroad(rule: Rule, force: boolean): void {
  const why = force ? null : overBroad(rule);
  if (why === null) return;
  const remedy = 'Restrict it to the fields or the endpoint that you mean, or send "force": true.';
  throw new ApiError("over-broad", `This rule hides too much. ${why}`, remedy);
}

/** @param body the validated request */
function newRule({ kind, ...body }: Omit<RuleBody, "force">, by: string): Rule {
  const { endpoint, section, path, action, owner, reason, expiresAt } = body;
  return {
    endpoint,
    section,
    path,
    action,
    owner,
    reason,
    expiresAt,
    ...(kind !== undefined && { kind }),
    id: `rule-${randomUUID().slice(0, 13)}`,
    source: "dashboard",
    createdBy: by,
    createdAt: Date.now(),
  };
}

function audit(by: string, what: string): { at: number; by: string; what: string } {
  return { at: Date.now(), by, what };
}
