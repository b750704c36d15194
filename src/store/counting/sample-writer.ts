import { LRUCache } from "lru-cache";
import { sampleDraw } from "../../lib/stable-draw.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { Sample } from "../../model/sample.ts";
import { FieldSlots, type RankedSample, sampleSize, type SlotHolder } from "./sample-slots.ts";

/** Number of fields whose slots are cached in memory. */
const MAX_FIELDS_IN_MEMORY = 20_000;

/** The fields by which samples are kept. */
type FieldName = Pick<DifferingField, "section" | "path" | "kind">;

/** The rows of samples, of their legs, and of the fields that keep them. */
export interface KeptSampleRows {
  /** The samples that a field of an endpoint keeps, because primary and candidate differed in it. */
  slotHolders(endpointKey: number, field: FieldName): readonly SlotHolder[];
  /** Inserts a sample with its legs. @returns its key, or undefined if the exchange is already stored */
  insert(
    runKey: number,
    endpointKey: number,
    sample: Sample,
    ranking: Pick<RankedSample, "size" | "draw">,
  ): number | undefined;
  /** @param slots 0 if only primary and secondary differ in the field */
  insertField(endpointKey: number, field: DifferingField, sampleKey: number, slots: number): void;
  /** Changes the slots that a sample holds for a field. */
  setSlots(endpointKey: number, field: FieldName, sampleKey: number, slots: number): void;
  /** Deletes a sample that holds no slot for any field. */
  deleteIfUnused(sampleKey: number): void;
}

/**
 * Stores exchanges as samples. Each field of an endpoint keeps its first, last and smallest exchange and a reservoir; a sample
 * is deleted once no field keeps it. A slot whose sample was deleted by retention is taken by the next offered exchange.
 */
export class SampleWriter {
  readonly #reservoirSize: number;
  readonly #rows: KeptSampleRows;
  readonly #fields = new LRUCache<string, FieldSlots>({ max: MAX_FIELDS_IN_MEMORY });

  /** @param reservoirSize samples per field; 0 disables sampling */
  constructor(rows: KeptSampleRows, reservoirSize: number) {
    this.#reservoirSize = reservoirSize;
    this.#rows = rows;
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
    const key = this.#rows.insert(runKey, endpointKey, sample, ranking);
    if (key === undefined) return;
    const displaced = new Set<number>();
    for (const { field, slots, gained } of claims) {
      for (const loser of slots.assign({ key, ...ranking }, gained)) {
        if (loser.key === key) continue;
        this.#rows.setSlots(endpointKey, field, loser.key, slots.slotsHeldBy(loser.key));
        displaced.add(loser.key);
      }
      this.#rows.insertField(endpointKey, field, key, gained);
    }
    for (const field of sample.fields) {
      if (field.mark === "noise") this.#rows.insertField(endpointKey, field, key, 0);
    }
    for (const loser of displaced) this.#rows.deleteIfUnused(loser);
  }

  #slotsOf(endpointKey: number, field: DifferingField): FieldSlots {
    const { section, path, kind } = field;
    const text = [endpointKey, section, path, kind].join("\n");
    const known = this.#fields.get(text);
    if (known !== undefined) return known;
    const loaded = new FieldSlots(this.#reservoirSize, this.#rows.slotHolders(endpointKey, field));
    this.#fields.set(text, loaded);
    return loaded;
  }
}
