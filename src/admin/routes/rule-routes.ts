import { randomUUID } from "node:crypto";
import type { Rule } from "../../model/rule.ts";
import { overBroad } from "../../report/rules/over-broad-rules.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { type Edits, whoOf } from "../store-edits.ts";
import { changeErrors, errorSchema, storeErrors } from "../schemas/error-schema.ts";
import { addedSchema, type RuleBody, ruleBody, ruleParams, rulesSchema } from "../schemas/rule-schema.ts";
import type { StoreReading } from "../live/store-reading.ts";
import { ruleText } from "../audit-wording.ts";

/** Each one is tried on every comparison of its endpoints. */
const MAX_RULES = 500;

/** Rules: those of the configuration, which are read-only here, and those that people enter. */
export function ruleRoutes(app: AdminApp, options: AdminOptions, store: StoreReading, edits: Edits): void {
  const stored = (): readonly Rule[] => store.ask((reader) => reader.rules());

  app.get(
    "/api/v1/rules",
    {
      schema: {
        summary: "All rules: the configuration's, and behind them those that were entered, oldest first",
        response: { ...storeErrors, 200: rulesSchema },
      },
    },
    () => ({ rules: [...options.rules(), ...stored()] }),
  );

  app.post(
    "/api/v1/rules",
    {
      schema: {
        summary: "Enter a rule; it holds when it is answered",
        body: ruleBody,
        response: { ...changeErrors, 201: addedSchema, 409: errorSchema, 422: errorSchema },
      },
    },
    async (request, reply) => {
      const rule = newRule(request.body, whoOf(request, options));
      refuseBroad(rule, request.body.force);
      if (stored().length >= MAX_RULES) {
        throw new ApiError("too-many-rules", `There are ${MAX_RULES} rules.`, "Remove those that are expired or dead.");
      }
      await edits.write({ type: "add-rule", rule, audit: audit(rule.createdBy, `added ${ruleText(rule)}`) });
      return reply.code(201).send({ rule });
    },
  );

  app.delete(
    "/api/v1/rules/:id",
    {
      schema: {
        summary: "Remove a rule that was entered; its effect on the past is gone at once",
        params: ruleParams,
        response: { ...changeErrors, 200: rulesSchema, 409: errorSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      if (options.rules().some((rule) => rule.id === id)) {
        throw new ApiError(
          "rule-of-configuration",
          `The rule ${id} belongs to the configuration.`,
          "Remove it from the document; it is read anew when it changes.",
        );
      }
      const rule = stored().find((known) => known.id === id);
      if (rule === undefined) {
        throw new ApiError("unknown-rule", `There is no rule ${id}.`, "GET /api/v1/rules lists the rules.");
      }
      await edits.write({
        type: "remove-rule",
        id,
        audit: audit(whoOf(request, options), `removed ${ruleText(rule)}`),
      });
      return { rules: [...options.rules(), ...stored()] };
    },
  );
}

function refuseBroad(rule: Rule, force: boolean): void {
  const why = force ? null : overBroad(rule);
  if (why === null) return;
  const remedy = 'Name the fields or the endpoint that you mean, or send "force": true.';
  throw new ApiError("over-broad", `This rule hides too much. ${why}`, remedy);
}

/** @param body what a person asks for, checked */
export function newRule({ kind, ...body }: Omit<RuleBody, "force">, by: string): Rule {
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
