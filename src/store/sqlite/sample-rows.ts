import { LRUCache } from "lru-cache";
import type { Database } from "better-sqlite3";
import type { Role } from "../../model/capture.ts";
import type { Difference, DifferingField } from "../../model/difference.ts";
import type { Sample, SampleBody, SampleLeg } from "../../model/sample.ts";
import { sampleDraw } from "../../lib/stable-draw.ts";
import type { SampleSummary } from "../store.ts";
import { decodeFields, encodeFields } from "./column-codes.ts";
import { type Contender, FieldSlots, type Holder, sampleSize } from "./write/sample-slots.ts";

/** All of a leg but the bytes of its body, which have a column of their own. */
type LegHead = Omit<SampleLeg, "body"> & { readonly body: Omit<SampleBody, "content"> };

export interface SampleSummaryRow extends Omit<SampleSummary, "fields"> {
  readonly fields: string;
}

export interface SampleRow extends SampleSummaryRow {
  readonly key: number;
  readonly headers: string;
  readonly differences: string;
}

export interface LegRow {
  readonly role: Role;
  readonly head: string;
  readonly content: Uint8Array;
}

/** Fields whose slots stay in memory; those of others are read again. */
const MAX_FIELDS_IN_MEMORY = 20_000;

/**
 * Keeps exchanges as samples. A field of an endpoint keeps the first, the last, the smallest and a reservoir; a sample leaves
 * when no field keeps it any more. What retention deletes leaves a gap that the next offered exchange fills.
 */
export class SampleKeeper {
  readonly #reservoirSize: number;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #fields = new LRUCache<string, FieldSlots>({ max: MAX_FIELDS_IN_MEMORY });

  /** @param reservoirSize per field; 0 keeps no samples at all */
  constructor(db: Database, reservoirSize: number) {
    this.#reservoirSize = reservoirSize;
    this.#statements = prepareStatements(db);
  }

  /** When samples may be gone, or a transaction was rolled back. */
  forget(): void {
    this.#fields.clear();
  }

  keep(runKey: number, endpointKey: number, sample: Sample): void {
    if (this.#reservoirSize === 0) return;
    const contender = { at: sample.at, size: sampleSize(sample), draw: sampleDraw(sample.id) };
    const raw = sample.fields.filter(({ mark }) => mark !== "noise");
    const wanted = raw.map((field) => {
      const slots = this.#slots(endpointKey, field);
      return { field, slots, wants: slots.wants(contender) };
    });
    if (wanted.every(({ wants }) => wants === 0)) return;
    const key = this.#insert(runKey, endpointKey, sample, contender);
    if (key === undefined) return;
    const losers = new Set<number>();
    for (const { field, slots, wants } of wanted) {
      for (const loser of slots.take({ key, ...contender }, wants)) {
        if (loser.key === key) continue;
        this.#statements.setSlots.run(slots.slotsOf(loser.key), endpointKey, ...placeOf(field), loser.key);
        losers.add(loser.key);
      }
      this.#statements.insertField.run(endpointKey, ...placeOf(field), 1, key, wants);
    }
    for (const field of sample.fields) {
      if (field.mark === "noise") this.#statements.insertField.run(endpointKey, ...placeOf(field), 0, key, 0);
    }
    for (const loser of losers) this.#statements.deleteIfUnkept.run(loser, loser);
  }

  #slots(endpointKey: number, field: DifferingField): FieldSlots {
    const place = placeOf(field);
    const text = `${endpointKey}\n${place.join("\n")}`;
    const known = this.#fields.get(text);
    if (known !== undefined) return known;
    const read = new FieldSlots(this.#reservoirSize, this.#statements.holders.all(endpointKey, ...place));
    this.#fields.set(text, read);
    return read;
  }

  /** @returns undefined when it is there already */
  #insert(
    runKey: number,
    endpointKey: number,
    sample: Sample,
    { size, draw }: Pick<Contender, "size" | "draw">,
  ): number | undefined {
    const { insertSample, insertLeg } = this.#statements;
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
      size,
      draw,
    );
    if (changes === 0) return undefined;
    const key = Number(lastInsertRowid);
    for (const [role, leg] of Object.entries(sample.legs) as [Role, SampleLeg | null][]) {
      if (leg === null) continue;
      const { content, ...body } = leg.body;
      const head: LegHead = { ...leg, body };
      insertLeg.run(key, role, JSON.stringify(head), content);
    }
    return key;
  }
}

function placeOf({ section, path, kind }: DifferingField): readonly [string, string, string] {
  return [section, path, kind];
}

export function decodeHead({ fields, ...head }: SampleSummaryRow): SampleSummary {
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
    differences: decodeDifferences(row.differences),
    // Both are written with every sample, in its transaction.
    legs: {
      primary: legOf("primary") as SampleLeg,
      candidate: legOf("candidate") as SampleLeg,
      secondary: legOf("secondary"),
    },
  };
}

/** Those that were stored by the first version have no relation. */
function decodeDifferences(text: string): Difference[] {
  const differences = JSON.parse(text) as (Omit<Difference, "relation"> & Partial<Pick<Difference, "relation">>)[];
  return differences.map((difference) => ({ relation: null, ...difference }));
}

function prepareStatements(db: Database) {
  return {
    holders: db.prepare<[number, string, string, string], Holder>(
      `SELECT sample.key, at, size, draw, slots FROM sample_field JOIN sample ON sample.key = sample_key
       WHERE sample_field.endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND raw = 1 AND slots <> 0`,
    ),
    insertSample: db.prepare<
      [number, number, string, number, string, string, string, string, string, number, number, number, number]
    >(
      `INSERT INTO sample (run_key, endpoint_key, id, at, method, target, headers, fields, differences,
         primary_status, candidate_status, size, draw)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    insertLeg: db.prepare<[number, string, string, Uint8Array]>(
      "INSERT INTO sample_leg (sample_key, role, head, content) VALUES (?, ?, ?, ?)",
    ),
    insertField: db.prepare<[number, string, string, string, number, number, number]>(
      `INSERT INTO sample_field (endpoint_key, section, path, kind, raw, sample_key, slots) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    setSlots: db.prepare<[number, number, string, string, string, number]>(
      `UPDATE sample_field SET slots = ?
       WHERE endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND raw = 1 AND sample_key = ?`,
    ),
    deleteIfUnkept: db.prepare<[number, number]>(
      `DELETE FROM sample WHERE key = ?
       AND NOT EXISTS (SELECT 1 FROM sample_field WHERE sample_key = ? AND slots <> 0)`,
    ),
  };
}
