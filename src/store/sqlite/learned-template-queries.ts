import type { Database } from "better-sqlite3";
import type { LearnedTemplate } from "../../endpoints/learned-template.ts";
import type { KeptApart, TemplateDecision, TemplatePosition } from "../../model/views/templates.ts";
import { decodeTemplate, type TemplateRow } from "../packing/learned-template-rows.ts";

/** @returns a function that reads all learned templates */
export function createTemplateQuery(db: Database): () => readonly LearnedTemplate[] {
  const select = db.prepare<[], TemplateRow>(
    `SELECT route, method, parent, parameter, literals, decided_by AS by, decided_at AS at FROM learned_template
     ORDER BY route, method, parent`,
  );
  return () => select.all().map(decodeTemplate);
}

/** @returns a function that reads the segments whose values stay endpoints of their own */
export function createKeptApartQuery(db: Database): () => readonly KeptApart[] {
  const select = db.prepare<[], KeptApart>(
    `SELECT route, method, parent, decided_by AS by, decided_at AS at FROM kept_apart ORDER BY route, method, parent`,
  );
  return () => select.all();
}

type Key = [route: string, method: string, parent: string];

function keyOf({ route, method, parent }: TemplatePosition): Key {
  return [route, method, parent];
}

/** Writes what a person decides about the values of a segment. Each decision replaces the one before. */
export function createTemplateEdits(db: Database) {
  const ofPosition = "WHERE route = ? AND method = ? AND parent = ?";
  const removeTemplate = db.prepare<Key>(`DELETE FROM learned_template ${ofPosition}`);
  const removeDecided = db.prepare<Key>(`DELETE FROM learned_template ${ofPosition} AND decided_by IS NOT NULL`);
  const removeApart = db.prepare<Key>(`DELETE FROM kept_apart ${ofPosition}`);
  const addTemplate = db.prepare<[...Key, string, string, string, number]>(
    `INSERT INTO learned_template (route, method, parent, parameter, literals, decided_by, decided_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const addApart = db.prepare<[...Key, string, number]>(
    "INSERT INTO kept_apart (route, method, parent, decided_by, decided_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  return {
    countAsOne(template: LearnedTemplate, { by, at }: TemplateDecision): void {
      removeApart.run(...keyOf(template));
      addTemplate.run(...keyOf(template), template.parameter, JSON.stringify(template.literals), by, at);
    },
    keepApart(position: TemplatePosition, { by, at }: TemplateDecision): void {
      removeTemplate.run(...keyOf(position));
      addApart.run(...keyOf(position), by, at);
    },
    /** What was learned from traffic stays. */
    undecide(position: TemplatePosition): void {
      removeDecided.run(...keyOf(position));
      removeApart.run(...keyOf(position));
    },
  };
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
