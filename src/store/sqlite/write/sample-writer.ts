import { LRUCache } from "lru-cache";
import type { Database } from "better-sqlite3";
import { sampleDraw } from "../../../lib/stable-draw.ts";
import type { Role } from "../../../model/capture.ts";
import type { DifferingField } from "../../../model/difference.ts";
import type { Sample, SampleLeg } from "../../../model/sample.ts";
import { encodeFields } from "../column-encoding.ts";
import type { StoredLeg } from "../sample-rows.ts";
import { FieldSlots, type RankedSample, sampleSize, type SlotHolder } from "./sample-slots.ts";

/** Number of fields whose slots are cached in memory. */
const MAX_FIELDS_IN_MEMORY = 20_000;

/**
 * Stores exchanges as samples. Each field of an endpoint keeps its first, last and smallest exchange and a reservoir; a sample
 * is deleted once no field keeps it. A slot whose sample was deleted by retention is taken by the next offered exchange.
 */
export class SampleWriter {
  readonly #reservoirSize: number;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #fields = new LRUCache<string, FieldSlots>({ max: MAX_FIELDS_IN_MEMORY });

  /** @param reservoirSize samples per field; 0 disables sampling */
  constructor(db: Database, reservoirSize: number) {
    this.#reservoirSize = reservoirSize;
    this.#statements = prepareStatements(db);
  }

  /** Clears the cache. Call it after retention, which deletes samples, and after a rollback. */
  forget(): void {
    this.#fields.clear();
  }

  /** Must run within a transaction. */
  offer(runKey: number, endpointKey: number, sample: Sample): void {
    if (this.#reservoirSize === 0) return;
    const ranking = { at: sample.at, size: sampleSize(sample), draw: sampleDraw(sample.id) };
    const raw = sample.fields.filter(({ mark }) => mark !== "noise");
    const claims = raw.map((field) => {
      const slots = this.#slotsOf(endpointKey, field);
      return { field, slots, gained: slots.slotsFor(ranking) };
    });
    if (claims.every(({ gained }) => gained === 0)) return;
    const key = this.#insert(runKey, endpointKey, sample, ranking);
    if (key === undefined) return;
    const displaced = new Set<number>();
    for (const { field, slots, gained } of claims) {
      for (const loser of slots.assign({ key, ...ranking }, gained)) {
        if (loser.key === key) continue;
        this.#statements.setSlots.run(slots.slotsHeldBy(loser.key), endpointKey, ...columnsOf(field), loser.key);
        displaced.add(loser.key);
      }
      this.#statements.insertField.run(endpointKey, ...columnsOf(field), 1, key, gained);
    }
    for (const field of sample.fields) {
      if (field.mark === "noise") this.#statements.insertField.run(endpointKey, ...columnsOf(field), 0, key, 0);
    }
    for (const loser of displaced) this.#statements.deleteIfUnused.run(loser, loser);
  }

  #slotsOf(endpointKey: number, field: DifferingField): FieldSlots {
    const columns = columnsOf(field);
    const text = `${endpointKey}\n${columns.join("\n")}`;
    const known = this.#fields.get(text);
    if (known !== undefined) return known;
    const loaded = new FieldSlots(this.#reservoirSize, this.#statements.slotHolders.all(endpointKey, ...columns));
    this.#fields.set(text, loaded);
    return loaded;
  }

  /** @returns the key of the new sample, or undefined if the exchange is already stored */
  #insert(
    runKey: number,
    endpointKey: number,
    sample: Sample,
    { size, draw }: Pick<RankedSample, "size" | "draw">,
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
      const head: StoredLeg = { ...leg, body };
      insertLeg.run(key, role, JSON.stringify(head), content);
    }
    return key;
  }
}

function columnsOf({ section, path, kind }: DifferingField): readonly [string, string, string] {
  return [section, path, kind];
}

function prepareStatements(db: Database) {
  return {
    slotHolders: db.prepare<[number, string, string, string], SlotHolder>(
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
    deleteIfUnused: db.prepare<[number, number]>(
      `DELETE FROM sample WHERE key = ?
       AND NOT EXISTS (SELECT 1 FROM sample_field WHERE sample_key = ? AND slots <> 0)`,
    ),
  };
}
