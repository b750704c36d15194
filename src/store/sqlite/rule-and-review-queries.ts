import type { Database } from "better-sqlite3";
import type { AuditEntry, Review } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import {
  decodeReview,
  decodeRule,
  encodeReview,
  encodeRule,
  type ReviewRow,
  type RuleRow,
} from "../packing/rule-and-review-rows.ts";
import type { StoreEdit } from "../store.ts";
import { createEventEdits } from "./event-queries.ts";
import { createTemplateEdits } from "./learned-template-queries.ts";

/** Older audit entries are deleted. */
const MAX_AUDIT_ENTRIES = 10_000;

/** Writes edits and audit entries. */
export class EditWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #templates: ReturnType<typeof createTemplateEdits>;
  readonly #events: ReturnType<typeof createEventEdits>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#templates = createTemplateEdits(db);
    this.#events = createEventEdits(db);
  }

  /** Must run within a transaction. */
  write(edit: StoreEdit): void {
    this.#apply(edit);
    if (edit.audit === null) return;
    const { at, by, what } = edit.audit;
    this.#statements.addAudit.run(at, by, what);
    this.#statements.trimAudit.run(MAX_AUDIT_ENTRIES);
  }

  #apply(edit: StoreEdit): void {
    const { addRule, removeRule, putReview, removeReview } = this.#statements;
    switch (edit.type) {
      case "add-rule":
        addRule.run(encodeRule(edit.rule));
        return;
      case "remove-rule":
        removeRule.run(edit.id);
        return;
      case "rules":
        for (const rule of edit.add) addRule.run(encodeRule(rule));
        for (const id of edit.remove) removeRule.run(id);
        return;
      case "reviews":
        for (const review of edit.put) putReview.run(encodeReview(review));
        for (const signature of edit.remove) removeReview.run(signature);
        return;
      case "count-as-one":
        return this.#templates.countAsOne(edit.template, edit.audit);
      case "keep-apart":
        return this.#templates.keepApart(edit.position, edit.audit);
      case "undecide-template":
        return this.#templates.undecide(edit.position);
      case "mark":
        return this.#events.putMark(edit.runId, edit.mark);
      case "isolation":
        return this.#events.putIsolation(edit.isolation);
    }
  }
}

/** A query for the rules added at run time, oldest first. */
export function createRuleQuery(db: Database): () => readonly Rule[] {
  const select = db.prepare<[], RuleRow>(
    `SELECT id, endpoint, section, path, kind, action, owner, reason, created_by AS createdBy, created_at AS createdAt,
       expires_at AS expiresAt FROM rule ORDER BY key`,
  );
  return () => select.all().map(decodeRule);
}

/** A query for all reviews. */
export function createReviewQuery(db: Database): () => readonly Review[] {
  const select = db.prepare<[], ReviewRow>(
    `SELECT signature, decision, endpoints, title, fields, reason, by, at, expires_at AS expiresAt FROM review ORDER BY signature`,
  );
  return () => select.all().map(decodeReview);
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
