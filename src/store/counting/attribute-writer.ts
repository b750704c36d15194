import { LRUCache } from "lru-cache";
import { OTHER_STRATA, type AttributeRecord } from "../../model/explain/attribute.ts";
import { AttributePacker } from "../packing/attribute-records.ts";
import { BoundedStrata, type Ranked } from "./bounded-strata.ts";

/** Endpoints whose records are cached in memory, by which record is kept. */
const MAX_ENDPOINTS_IN_MEMORY = 2_000;
/** Of a run. Beyond it, samples no longer grow. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What a record takes on disk besides its content. */
export const RECORD_OVERHEAD = 128;

/** What is stored of an endpoint. */
export interface StoredAttributes {
  readonly strata: readonly { readonly number: number; readonly stratum: string; readonly below: number }[];
  /** `stratum` is the number of one. */
  readonly records: readonly (Ranked & { readonly stratum: number; readonly bytes: number })[];
  /** In order. */
  readonly templates: readonly string[];
}

export interface AttributeRows {
  read(endpointKey: number): StoredAttributes;
  /** The size of all records and templates of a run. */
  bytesOf(runKey: number): number;
}

export interface StratumRow {
  readonly endpointKey: number;
  readonly number: number;
  readonly stratum: string;
  readonly below: number;
  readonly version: number;
  readonly bytes: number;
}

export interface RecordRow extends Ranked {
  readonly endpointKey: number;
  readonly stratum: number;
  readonly at: number;
  readonly content: string;
}

/** What must be written, in this order. */
export interface AttributeChanges {
  /** Strata that are part of another one now. */
  readonly joined: readonly { readonly endpointKey: number; readonly from: number; readonly to: number }[];
  /** New or changed ones; their records with draws from `below` on are to be deleted. */
  readonly strata: readonly StratumRow[];
  readonly templates: readonly { readonly endpointKey: number; readonly number: number; readonly content: string }[];
  readonly records: readonly RecordRow[];
}

interface Member extends Ranked {
  bytes: number;
  /** Until it is written. */
  record: AttributeRecord | null;
}

interface EndpointAttributes {
  readonly runKey: number;
  readonly strata: BoundedStrata<Member>;
  readonly packer: AttributePacker;
  /** By stratum. */
  readonly numbers: Map<string, number>;
  nextNumber: number;
  readonly bytes: Map<string, number>;
}

interface ChangedEndpoint {
  readonly key: number;
  readonly attributes: EndpointAttributes;
  readonly strata: Set<string>;
  readonly joined: { readonly from: number; readonly to: number }[];
}

/**
 * Keeps the attributes of exchanges: a bounded sample of each stratum of an endpoint. Its cache must be cleared after another process
 * has written, and after a rollback.
 */
export class AttributeWriter {
  readonly #rows: AttributeRows;
  readonly #endpoints = new LRUCache<number, EndpointAttributes>({ max: MAX_ENDPOINTS_IN_MEMORY });
  readonly #changed = new Map<number, ChangedEndpoint>();
  readonly #bytes = new Map<number, number>();

  constructor(rows: AttributeRows) {
    this.#rows = rows;
  }

  forget(): void {
    this.#endpoints.clear();
    this.#changed.clear();
    this.#bytes.clear();
  }

  /** Whether the rows of an endpoint are in memory. */
  knows(endpointKey: number): boolean {
    return this.#endpoints.has(endpointKey);
  }

  /** @param hasRoom false while the database is full: no sample may grow */
  offer(runKey: number, endpointKey: number, record: AttributeRecord, hasRoom: boolean): void {
    const attributes = this.#of(runKey, endpointKey);
    const { id, draw, stratum, limit } = record;
    const isFull = !hasRoom || this.#bytesOf(runKey) >= MAX_BYTES;
    const members: Member[] = [{ id, draw, bytes: 0, record }];
    const { changed, joined } = attributes.strata.add({ name: stratum, limit, members }, isFull);
    if (changed.length === 0) return;
    const change = this.#changed.get(endpointKey) ?? { key: endpointKey, attributes, strata: new Set(), joined: [] };
    this.#changed.set(endpointKey, change);
    for (const name of changed) {
      change.strata.add(name);
      if (!attributes.numbers.has(name)) attributes.numbers.set(name, attributes.nextNumber++);
    }
    if (joined !== null) {
      change.strata.delete(joined);
      change.joined.push({ from: numberOf(attributes, joined), to: numberOf(attributes, OTHER_STRATA) });
      this.#grow(runKey, -(attributes.bytes.get(joined) ?? 0));
      attributes.numbers.delete(joined);
      attributes.bytes.delete(joined);
    }
  }

  /** What has changed since the last call. @param nextVersion called once if something has */
  takeChanges(nextVersion: () => number): AttributeChanges | undefined {
    if (this.#changed.size === 0) return undefined;
    const version = nextVersion();
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    const records = changed.flatMap((change) => this.#pack(change));
    return {
      joined: changed.flatMap(({ key, joined }) => joined.map((each) => ({ endpointKey: key, ...each }))),
      strata: changed.flatMap(({ key, attributes, strata }) =>
        [...strata].map((stratum) => ({
          endpointKey: key,
          number: numberOf(attributes, stratum),
          stratum,
          below: attributes.strata.get(stratum)?.limit ?? 1,
          version,
          bytes: attributes.bytes.get(stratum) ?? 0,
        })),
      ),
      templates: changed.flatMap(({ key, attributes: { packer, runKey } }) => {
        const added = packer.takeAdded();
        const first = packer.count - added.length;
        this.#grow(runKey, sum(added.map((text) => Buffer.byteLength(text))));
        return added.map((content, at) => ({ endpointKey: key, number: first + at, content }));
      }),
      records,
    };
  }

  /** Packs the new records of the strata that have changed, and measures these. */
  #pack({ key, attributes, strata }: ChangedEndpoint): RecordRow[] {
    const rows: RecordRow[] = [];
    for (const name of strata) {
      const members = attributes.strata.get(name)?.members ?? [];
      for (const member of members) {
        const { record } = member;
        if (record === null) continue;
        const content = attributes.packer.pack(record);
        const { id, draw, at } = record;
        rows.push({ endpointKey: key, stratum: numberOf(attributes, name), id, draw, at, content });
        member.bytes = Buffer.byteLength(content) + RECORD_OVERHEAD;
        member.record = null;
      }
      const bytes = sum(members.map((member) => member.bytes));
      this.#grow(attributes.runKey, bytes - (attributes.bytes.get(name) ?? 0));
      attributes.bytes.set(name, bytes);
    }
    return rows;
  }

  #of(runKey: number, endpointKey: number): EndpointAttributes {
    const known = this.#endpoints.get(endpointKey) ?? this.#changed.get(endpointKey)?.attributes;
    if (known !== undefined) return known;
    const { strata, records, templates } = this.#rows.read(endpointKey);
    const byStratum = Map.groupBy(records, ({ stratum }) => stratum);
    const read: EndpointAttributes = {
      runKey,
      strata: new BoundedStrata(
        strata.map(({ number, stratum, below }) => ({
          name: stratum,
          limit: below,
          members: (byStratum.get(number) ?? []).map(({ id, draw, bytes }) => ({ id, draw, bytes, record: null })),
        })),
      ),
      packer: new AttributePacker(templates),
      numbers: new Map(strata.map(({ number, stratum }) => [stratum, number])),
      nextNumber: strata.reduce((next, { number }) => Math.max(next, number + 1), 0),
      bytes: new Map(
        strata.map(({ number, stratum }) => [stratum, sum((byStratum.get(number) ?? []).map(({ bytes }) => bytes))]),
      ),
    };
    this.#endpoints.set(endpointKey, read);
    return read;
  }

  #bytesOf(runKey: number): number {
    const known = this.#bytes.get(runKey) ?? this.#rows.bytesOf(runKey);
    this.#bytes.set(runKey, known);
    return known;
  }

  #grow(runKey: number, bytes: number): void {
    this.#bytes.set(runKey, this.#bytesOf(runKey) + bytes);
  }
}

function numberOf({ numbers }: EndpointAttributes, stratum: string): number {
  const number = numbers.get(stratum);
  if (number === undefined) throw new Error(`impossible: the stratum ${stratum} has no number`);
  return number;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
