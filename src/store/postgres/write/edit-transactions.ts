import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { AuditEntry, Review } from "../../../model/review.ts";
import type { Rule } from "../../../model/rule.ts";
import type { TemplateDecision, TemplatePosition } from "../../../model/views/templates.ts";
import { encodeReview, encodeRule } from "../../packing/rule-and-review-rows.ts";
import type { StoreEdit } from "../../store.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { putIsolation, putMark } from "../event-transactions.ts";
import { announceChange } from "../shared/announcements.ts";
import { encodeText, positionDigest } from "../text-encoding.ts";

/** Older audit entries are deleted. */
const MAX_AUDIT_ENTRIES = 10_000;

/** Writes an edit with its audit entry, in a transaction of the caller. */
export async function writeEdit(session: PostgresSession, edit: StoreEdit): Promise<void> {
  // First, because it locks: edits of all replicas take turns.
  await announceChange(session);
  await apply(session, edit);
  if (edit.audit === null) return;
  const { at, by, what }: AuditEntry = edit.audit;
  await session.query("INSERT INTO audit (at, by, what) VALUES ($1, $2, $3)", [at, encodeText(by), encodeText(what)]);
  await session.query("DELETE FROM audit WHERE key <= (SELECT max(key) FROM audit) - $1", [MAX_AUDIT_ENTRIES]);
}

async function apply(session: PostgresSession, edit: StoreEdit): Promise<void> {
  switch (edit.type) {
    case "add-rule":
      return addRule(session, edit.rule);
    case "remove-rule":
      return remove(session, "DELETE FROM rule WHERE id = $1", edit.id);
    case "rules":
      for (const rule of edit.add) await addRule(session, rule);
      for (const id of edit.remove) await remove(session, "DELETE FROM rule WHERE id = $1", id);
      return undefined;
    case "reviews":
      for (const review of edit.put) await putReview(session, review);
      for (const signature of edit.remove) await remove(session, "DELETE FROM review WHERE signature = $1", signature);
      return undefined;
    case "count-as-one":
      await remove(session, "DELETE FROM kept_apart WHERE digest = $1", positionDigest(edit.template));
      return addTemplate(session, edit.template, edit.audit);
    case "keep-apart":
      await remove(session, "DELETE FROM learned_template WHERE digest = $1", positionDigest(edit.position));
      return addApart(session, edit.position, edit.audit);
    case "undecide-template":
      // What was learned from traffic stays.
      await remove(
        session,
        "DELETE FROM learned_template WHERE digest = $1 AND decided_by IS NOT NULL",
        positionDigest(edit.position),
      );
      return remove(session, "DELETE FROM kept_apart WHERE digest = $1", positionDigest(edit.position));
    case "mark":
      return putMark(session, edit.runId, edit.mark);
    case "isolation":
      return putIsolation(session, edit.isolation);
  }
}

async function remove(session: PostgresSession, statement: string, key: string): Promise<void> {
  await session.query(statement, [key]);
}

/** The same rule is sent again if the response to the first attempt was lost. */
async function addRule(session: PostgresSession, rule: Rule): Promise<void> {
  const row = encodeRule(rule);
  await session.query(
    `INSERT INTO rule (id, endpoint, section, path, kind, action, owner, reason, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`,
    [
      encodeText(row.id),
      encodeText(row.endpoint),
      row.section,
      encodeText(row.path),
      row.kind,
      row.action,
      encodeText(row.owner),
      encodeText(row.reason),
      encodeText(row.createdBy),
      row.createdAt,
      row.expiresAt,
    ],
  );
}

async function putReview(session: PostgresSession, review: Review): Promise<void> {
  const row = encodeReview(review);
  await session.query(
    `INSERT INTO review (signature, decision, endpoints, title, fields, reason, by, at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (signature) DO UPDATE SET decision = excluded.decision, endpoints = excluded.endpoints, title = excluded.title,
       fields = excluded.fields, reason = excluded.reason, by = excluded.by, at = excluded.at, expires_at = excluded.expires_at`,
    [
      encodeText(row.signature),
      row.decision,
      row.endpoints,
      encodeText(row.title),
      row.fields,
      encodeText(row.reason),
      encodeText(row.by),
      row.at,
      row.expiresAt,
    ],
  );
}

async function addTemplate(
  session: PostgresSession,
  template: LearnedTemplate,
  { by, at }: TemplateDecision,
): Promise<void> {
  const { route, method, parent, parameter, literals } = template;
  await session.query(
    `INSERT INTO learned_template (digest, route, method, parent, parameter, literals, decided_by, decided_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    [
      positionDigest(template),
      encodeText(route),
      encodeText(method),
      encodeText(parent),
      encodeText(parameter),
      JSON.stringify(literals),
      encodeText(by),
      at,
    ],
  );
}

async function addApart(
  session: PostgresSession,
  position: TemplatePosition,
  { by, at }: TemplateDecision,
): Promise<void> {
  const { route, method, parent } = position;
  await session.query(
    `INSERT INTO kept_apart (digest, route, method, parent, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING`,
    [positionDigest(position), encodeText(route), encodeText(method), encodeText(parent), encodeText(by), at],
  );
}
