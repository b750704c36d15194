import type { Database } from "better-sqlite3";
import type { AuditEntry, CauseField, Review } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import type { RuleAction } from "../../model/rule-actions.ts";
import type { StoreEdit } from "../store.ts";
import { createTemplateEdits } from "./learned-template-rows.ts";

/** Older audit entries are deleted. */
const MAX_AUDIT_ENTRIES = 10_000;

type RuleRow = Omit<Rule, "action" | "kind" | "path" | "source"> & {
  /** A list of paths as JSON: no path begins with a bracket. */
  readonly path: string;
  readonly action: string;
  readonly kind: Rule["kind"] | null;
};

type ReviewRow = Omit<Review, "endpoints" | "fields"> & { readonly endpoints: string; readonly fields: string };

/** Writes rules, reviews and audit entries. */
export class EditWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #templates: ReturnType<typeof createTemplateEdits>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#templates = createTemplateEdits(db);
  }

  /** Must run within a transaction. */
  write(edit: StoreEdit): void {
    this.#apply(edit);
    const { at, by, what } = edit.audit;
    this.#statements.addAudit.run(at, by, what);
    this.#statements.trimAudit.run(MAX_AUDIT_ENTRIES);
  }

  #apply(edit: StoreEdit): void {
    const { removeRule, putReview, removeReview } = this.#statements;
    switch (edit.type) {
      case "add-rule":
        return this.#addRule(edit.rule);
      case "remove-rule":
        removeRule.run(edit.id);
        return;
      case "rules":
        for (const rule of edit.add) this.#addRule(rule);
        for (const id of edit.remove) removeRule.run(id);
        return;
      case "reviews":
        for (const { endpoints, fields, ...review } of edit.put) {
          putReview.run({ ...review, endpoints: JSON.stringify(endpoints), fields: JSON.stringify(fields) });
        }
        for (const signature of edit.remove) removeReview.run(signature);
        return;
      case "count-as-one":
        return this.#templates.countAsOne(edit.template, edit.audit);
      case "keep-apart":
        return this.#templates.keepApart(edit.position, edit.audit);
      case "undecide-template":
        return this.#templates.undecide(edit.position);
    }
  }

  #addRule(added: Rule): void {
    const { source: _, action, kind = null, path, ...rule } = added;
    const written = typeof path === "string" ? path : JSON.stringify(path);
    this.#statements.addRule.run({ ...rule, path: written, kind, action: JSON.stringify(action) });
  }
}

/** A query for the rules added at run time, oldest first. */
export function createRuleQuery(db: Database): () => readonly Rule[] {
  const select = db.prepare<[], RuleRow>(
    `SELECT id, endpoint, section, path, kind, action, owner, reason, created_by AS createdBy, created_at AS createdAt,
       expires_at AS expiresAt FROM rule ORDER BY key`,
  );
  return () =>
    select.all().map(({ action, kind, path, ...rule }) => ({
      ...rule,
      path: path.startsWith("[") ? (JSON.parse(path) as string[]) : path,
      source: "dashboard",
      ...(kind !== null && { kind }),
      action: JSON.parse(action) as RuleAction,
    }));
}

/** A query for all reviews. */
export function createReviewQuery(db: Database): () => readonly Review[] {
  const select = db.prepare<[], ReviewRow>(
    `SELECT signature, decision, endpoints, title, fields, reason, by, at, expires_at AS expiresAt FROM review ORDER BY signature`,
  );
  return () =>
    select.all().map((row) => ({
      ...row,
      endpoints: JSON.parse(row.endpoints) as string[],
      fields: JSON.parse(row.fields) as CauseField[],
    }));
}

/** A query for the newest audit entries, newest first. */
export function createAuditQuery(db: Database): (limit: number) => readonly AuditEntry[] {
  const select = db.prepare<[number], AuditEntry>("SELECT at, by, what FROM audit ORDER BY key DESC LIMIT ?");
  return (limit) => select.all(limit);
}

function prepareStatements(db: Database) {
  return {
    // The same rule is sent again if the response to the first attempt was lost.
    addRule: db.prepare<[RuleRow]>(
      `INSERT INTO rule (id, endpoint, section, path, kind, action, owner, reason, created_by, created_at, expires_at)
       VALUES (@id, @endpoint, @section, @path, @kind, @action, @owner, @reason, @createdBy, @createdAt, @expiresAt)
       ON CONFLICT (id) DO NOTHING`,
    ),
    removeRule: db.prepare<[string]>("DELETE FROM rule WHERE id = ?"),
    putReview: db.prepare<[ReviewRow]>(
      `INSERT OR REPLACE INTO review (signature, decision, endpoints, title, fields, reason, by, at, expires_at)
       VALUES (@signature, @decision, @endpoints, @title, @fields, @reason, @by, @at, @expiresAt)`,
    ),
    removeReview: db.prepare<[string]>("DELETE FROM review WHERE signature = ?"),
    addAudit: db.prepare<[number, string, string]>("INSERT INTO audit (at, by, what) VALUES (?, ?, ?)"),
    trimAudit: db.prepare<[number]>("DELETE FROM audit WHERE key <= (SELECT max(key) FROM audit) - ?"),
  };
}
