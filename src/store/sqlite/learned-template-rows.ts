import type { Database } from "better-sqlite3";
import type { LearnedTemplate } from "../../endpoints/learned-template.ts";

type Row = Omit<LearnedTemplate, "literals"> & { readonly literals: string };

/** @returns a function that reads all learned templates */
export function createTemplateQuery(db: Database): () => readonly LearnedTemplate[] {
  const select = db.prepare<[], Row>(
    "SELECT route, method, parent, parameter, literals FROM learned_template ORDER BY route, method, parent",
  );
  return () => select.all().map(({ literals, ...row }) => ({ ...row, literals: JSON.parse(literals) as string[] }));
}

/** @returns a function that stores a template, or replaces its literals */
export function createTemplateUpdate(db: Database): (template: LearnedTemplate) => void {
  const upsert = db.prepare<[string, string, string, string, string]>(
    `INSERT INTO learned_template (route, method, parent, parameter, literals) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET literals = excluded.literals`,
  );
  return ({ route, method, parent, parameter, literals }) =>
    upsert.run(route, method, parent, parameter, JSON.stringify(literals));
}
