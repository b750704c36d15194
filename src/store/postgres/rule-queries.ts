import type { LearnedTemplate } from "../../endpoints/learned-template.ts";
import type { Review } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import { decodeTemplate, type TemplateRow } from "../packing/learned-template-rows.ts";
import { decodeReview, decodeRule, type ReviewRow, type RuleRow } from "../packing/rule-and-review-rows.ts";
import type { PostgresSession } from "./connect/connection.ts";
import { decodeText } from "./text-encoding.ts";

/** The rules added at run time, oldest first. */
export async function selectRules(session: PostgresSession): Promise<readonly Rule[]> {
  const { rows } = await session.query<RuleRow>(
    `SELECT id, endpoint, section, path, kind, action, owner, reason, created_by AS "createdBy", created_at AS "createdAt",
       expires_at AS "expiresAt" FROM rule ORDER BY key`,
  );
  return rows.map((row) =>
    decodeRule({
      ...row,
      id: decodeText(row.id),
      endpoint: decodeText(row.endpoint),
      path: decodeText(row.path),
      owner: decodeText(row.owner),
      reason: decodeText(row.reason),
      createdBy: decodeText(row.createdBy),
    }),
  );
}

export async function selectReviews(session: PostgresSession): Promise<readonly Review[]> {
  const { rows } = await session.query<ReviewRow>(
    `SELECT signature, decision, endpoints, title, fields, reason, by, at, expires_at AS "expiresAt" FROM review
     ORDER BY signature`,
  );
  return rows.map((row) =>
    decodeReview({
      ...row,
      signature: decodeText(row.signature),
      title: decodeText(row.title),
      reason: decodeText(row.reason),
      by: decodeText(row.by),
    }),
  );
}

/** Path segments whose values are counted as one parameter. */
export async function selectTemplates(session: PostgresSession): Promise<readonly LearnedTemplate[]> {
  const { rows } = await session.query<TemplateRow>(
    `SELECT route, method, parent, parameter, literals, decided_by AS by, decided_at AS at FROM learned_template
     ORDER BY route, method, parent`,
  );
  return rows.map((row) =>
    decodeTemplate({
      ...row,
      route: decodeText(row.route),
      method: decodeText(row.method),
      parent: decodeText(row.parent),
      parameter: decodeText(row.parameter),
      by: row.by === null ? null : decodeText(row.by),
    }),
  );
}
