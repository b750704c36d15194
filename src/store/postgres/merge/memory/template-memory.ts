import type { LearnedTemplate } from "../../../../endpoints/learned-template.ts";
import type { KeptApart } from "../../../../model/views/templates.ts";
import { writtenEndpoints } from "../../../counting/written-endpoints.ts";
import { decodeTemplate, type TemplateRow } from "../../../packing/learned-template-rows.ts";
import { decodeReview, decodeRule, type ReviewRow, type RuleRow } from "../../../packing/rule-and-review-rows.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { decodeText, encodeText, positionDigest } from "../../text-encoding.ts";
import type { Templates } from "./key-memory.ts";

/** The learned templates, which all runs share, and what decides about new ones. */
export class TemplateMemory implements Templates {
  readonly keptApart: readonly KeptApart[];
  /** The endpoints and patterns that people have written. */
  readonly patterns: readonly string[];
  readonly #learned = new Map<string, LearnedTemplate>();
  readonly #changed = new Set<string>();

  private constructor(rows: Awaited<ReturnType<typeof selectRules>>) {
    for (const template of rows.templates) this.#learned.set(positionDigest(template), template);
    this.keptApart = rows.keptApart;
    this.patterns = writtenEndpoints(rows);
  }

  static async load(session: PostgresSession): Promise<TemplateMemory> {
    return new TemplateMemory(await selectRules(session));
  }

  get learned(): readonly LearnedTemplate[] {
    return [...this.#learned.values()];
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  write(template: LearnedTemplate): void {
    const digest = positionDigest(template);
    this.#learned.set(digest, { ...this.#learned.get(digest), ...template });
    this.#changed.add(digest);
  }

  async store(session: PostgresSession): Promise<void> {
    for (const digest of this.#changed) {
      const { route, method, parent, parameter, literals } = this.#learned.get(digest) as LearnedTemplate;
      const texts = [route, method, parent, parameter].map(encodeText);
      await session.query(
        `INSERT INTO learned_template (digest, route, method, parent, parameter, literals) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (digest) DO UPDATE SET literals = excluded.literals`,
        [digest, ...texts, JSON.stringify(literals)],
      );
    }
    this.#changed.clear();
  }
}

async function selectRules(session: PostgresSession) {
  const templates = await session.query<TemplateRow>(
    `SELECT route, method, parent, parameter, literals, decided_by AS by, decided_at AS at FROM learned_template
     ORDER BY route, method, parent`,
  );
  const keptApart = await session.query<KeptApart>(
    "SELECT route, method, parent, decided_by AS by, decided_at AS at FROM kept_apart ORDER BY route, method, parent",
  );
  const rules = await session.query<RuleRow>(
    `SELECT id, endpoint, section, path, kind, action, owner, reason, created_by AS "createdBy", created_at AS "createdAt",
       expires_at AS "expiresAt" FROM rule ORDER BY key`,
  );
  const reviews = await session.query<ReviewRow>(
    `SELECT signature, decision, endpoints, title, fields, reason, by, at, expires_at AS "expiresAt" FROM review`,
  );
  const runs = await session.query<{ readonly gate: string; readonly rules: string }>(
    "SELECT gate, rules FROM run WHERE ended_at IS NULL",
  );
  return {
    templates: templates.rows.map((row) =>
      decodeTemplate({ ...row, ...decodedPosition(row), parameter: decodeText(row.parameter) }),
    ),
    keptApart: keptApart.rows.map((row) => ({ ...row, ...decodedPosition(row) })),
    rules: rules.rows.map((row) => decodeRule({ ...row, endpoint: decodeText(row.endpoint) })),
    reviews: reviews.rows.map(decodeReview),
    runs: runs.rows.map(({ gate, rules: own }) => ({ gate: JSON.parse(gate), rules: JSON.parse(own) })),
  };
}

function decodedPosition({ route, method, parent }: KeptApart | TemplateRow) {
  return { route: decodeText(route), method: decodeText(method), parent: decodeText(parent) };
}
