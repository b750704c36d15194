import type { Database, Statement } from "better-sqlite3";
import type { Role } from "../../model/capture.ts";
import type { Difference, FieldMark, Sample, SampleBody, SampleLeg } from "../../model/difference.ts";
import type { SampleHead } from "../store.ts";
import { decodeFields, encodeFields } from "./codes.ts";

/** All of a leg but the bytes of its body, which have a column of their own. */
type LegHead = Omit<SampleLeg, "body"> & { readonly body: Omit<SampleBody, "content"> };

export interface SampleHeadRow extends Omit<SampleHead, "fields"> {
  readonly fields: string;
}

export interface SampleRow extends SampleHeadRow {
  readonly key: number;
  readonly headers: string;
  readonly differences: string;
}

export interface LegRow {
  readonly role: Role;
  readonly head: string;
  readonly content: Uint8Array;
}

/** Keeps exchanges as samples: one is kept when at least one of its differences has fewer than the limit. */
export class SampleKeeper {
  readonly #perDifference: number;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database, perDifference: number) {
    this.#perDifference = perDifference;
    this.#statements = prepareStatements(db);
  }

  keep(runKey: number, endpointKey: number, sample: Sample): void {
    const { insertSample, insertLeg, insertField } = this.#statements;
    if (!sample.fields.some((field) => field.mark !== "noise" && this.#lacks(endpointKey, field))) return;
    const { lastInsertRowid, changes } = insertSample.run(
      runKey,
      endpointKey,
      sample.id,
      sample.at,
      sample.method,
      sample.target,
      JSON.stringify(sample.headers),
      encodeFields(sample.fields),
      JSON.stringify(sample.differences),
      sample.legs.primary.status,
      sample.legs.candidate.status,
    );
    if (changes === 0) return;
    const key = Number(lastInsertRowid);
    for (const [role, leg] of Object.entries(sample.legs) as [Role, SampleLeg | null][]) {
      if (leg === null) continue;
      const { content, ...body } = leg.body;
      const head: LegHead = { ...leg, body };
      insertLeg.run(key, role, JSON.stringify(head), content);
    }
    for (const { section, path, kind, mark } of sample.fields) {
      insertField.run(endpointKey, section, path, kind, mark === "noise" ? 0 : 1, key);
    }
  }

  #lacks(endpointKey: number, { section, path, kind }: FieldMark): boolean {
    const kept = this.#statements.countKept.get(endpointKey, section, path, kind, this.#perDifference) as number;
    return kept < this.#perDifference;
  }
}

export function decodeHead({ fields, ...head }: SampleHeadRow): SampleHead {
  return { ...head, fields: decodeFields(fields) };
}

/** The whole sample from its rows. */
export function decodeSample(row: SampleRow, legs: readonly LegRow[]): Sample {
  const { id, at, route, endpoint, candidate, method, target } = row;
  const legOf = (role: Role): SampleLeg | null => {
    const leg = legs.find((leg) => leg.role === role);
    if (leg === undefined) return null;
    const head = JSON.parse(leg.head) as LegHead;
    return { ...head, body: { ...head.body, content: leg.content } };
  };
  return {
    id,
    at,
    route,
    endpoint,
    candidate,
    method,
    target,
    headers: JSON.parse(row.headers) as string[],
    fields: decodeFields(row.fields),
    differences: JSON.parse(row.differences) as Difference[],
    // Both are written with every sample, in its transaction.
    legs: {
      primary: legOf("primary") as SampleLeg,
      candidate: legOf("candidate") as SampleLeg,
      secondary: legOf("secondary"),
    },
  };
}

function prepareStatements(db: Database) {
  return {
    countKept: db
      .prepare(
        `SELECT count(*) FROM (SELECT 1 FROM sample_field
         WHERE endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND raw = 1 LIMIT ?)`,
      )
      .pluck() as Statement<[number, string, string, string, number], number>,
    insertSample: db.prepare<[number, number, string, number, string, string, string, string, string, number, number]>(
      `INSERT INTO sample (run_key, endpoint_key, id, at, method, target, headers, fields, differences,
         primary_status, candidate_status)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    insertLeg: db.prepare<[number, string, string, Uint8Array]>(
      "INSERT INTO sample_leg (sample_key, role, head, content) VALUES (?, ?, ?, ?)",
    ),
    insertField: db.prepare<[number, string, string, string, number, number]>(
      `INSERT INTO sample_field (endpoint_key, section, path, kind, raw, sample_key) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
  };
}
