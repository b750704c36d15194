import type { DifferingField } from "../../../../model/difference.ts";
import type { ExchangeTimes } from "../../../../model/latency.ts";
import type { Sample, SampleLeg } from "../../../../model/sample.ts";
import type { RankedSample, SlotHolder } from "../../../counting/sample-slots.ts";
import type { KeptSampleRows } from "../../../counting/sample-writer.ts";
import { encodeLegs, encodeSample, type LegRow, type SampleContent } from "../../../packing/sample-rows.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { decodeText } from "../../text-encoding.ts";
import { dayOf } from "../days.ts";
import { insertInto, rowStatement, writeRows } from "../write-rows.ts";

type FieldName = Pick<DifferingField, "section" | "path" | "kind">;

interface KeptField extends FieldName {
  readonly position: number;
  readonly isRaw: boolean;
  slots: number;
}

/** A kept sample; its content only until it is written. */
interface KeptSample extends RankedSample {
  readonly id: string;
  readonly day: number;
  readonly endpointKey: number;
  readonly fields: KeptField[];
  content: Sample | null;
}

interface SamplePlace {
  readonly day: number;
  readonly key: number;
}

type SampleRow = SamplePlace & SampleContent & ExchangeTimes & Pick<KeptSample, "endpointKey" | "size" | "draw">;
type LegOfSample = SamplePlace & LegRow;
type FieldOfSample = SamplePlace & KeptField & { readonly endpointKey: number };

const PLACE = [
  ["day", "day", "integer"],
  ["key", "key", "bigint"],
] as const;
const PLACE_OF_SAMPLE = [
  ["day", "day", "integer"],
  ["key", "sample_key", "bigint"],
] as const;
const INSERT_SAMPLES = insertInto<SampleRow>("sample", [
  ...PLACE,
  ["endpointKey", "endpoint_key", "integer"],
  ["id", "id", "text"],
  ["at", "at", "bigint"],
  ["method", "method", "text"],
  ["target", "target", "text"],
  ["headers", "headers", "text"],
  ["fields", "fields", "text"],
  ["differences", "differences", "text"],
  ["primaryStatus", "primary_status", "integer"],
  ["candidateStatus", "candidate_status", "integer"],
  ["size", "size", "bigint"],
  ["draw", "draw", "double precision"],
  ["primaryMs", "primary_ms", "double precision"],
  ["candidateMs", "candidate_ms", "double precision"],
  ["secondaryMs", "secondary_ms", "double precision"],
]);
const INSERT_LEGS = insertInto<LegOfSample>("sample_leg", [
  ...PLACE_OF_SAMPLE,
  ["role", "role", "text"],
  ["head", "head", "text"],
  ["content", "content", "bytea"],
]);
const INSERT_FIELDS = insertInto<FieldOfSample>("sample_field", [
  ...PLACE_OF_SAMPLE,
  ["position", "position", "integer"],
  ["endpointKey", "endpoint_key", "integer"],
  ["section", "section", "text"],
  ["path", "path", "text"],
  ["kind", "kind", "text"],
  ["isRaw", "raw", "boolean"],
  ["slots", "slots", "integer"],
]);
const SET_SLOTS = rowStatement<FieldOfSample>(
  [...PLACE_OF_SAMPLE, ["position", "position", "integer"], ["slots", "slots", "integer"]],
  (rows) =>
    `UPDATE sample_field SET slots = new.slots FROM ${rows} WHERE run_key = $1 AND sample_field.day = new.day
     AND sample_field.sample_key = new.sample_key AND sample_field.position = new.position`,
);
const DELETIONS = (["sample", "sample_leg", "sample_field"] as const).map((table) => {
  const key = table === "sample" ? "key" : "sample_key";
  return rowStatement<SamplePlace>(
    PLACE,
    (rows) =>
      `DELETE FROM ${table} USING ${rows} WHERE run_key = $1 AND ${table}.day = new.day AND ${table}.${key} = new.key`,
  );
});

/** The samples of the endpoints for which samples were offered since it was created, in memory, without their content. */
export class SampleMemory implements KeptSampleRows {
  readonly #runKey: number;
  readonly #nextKey: () => number;
  readonly #ofEndpoint = new Map<number, Set<KeptSample>>();
  readonly #samples = new Map<number, KeptSample>();
  readonly #inserted = new Set<KeptSample>();
  readonly #deleted: KeptSample[] = [];
  readonly #changed = new Map<KeptField, KeptSample>();

  /** @param nextKey rises from call to call, also from merge to merge */
  constructor(runKey: number, nextKey: () => number) {
    this.#runKey = runKey;
    this.#nextKey = nextKey;
  }

  /** Must be called before samples of these endpoints are offered. */
  async load(session: PostgresSession, endpoints: Iterable<number>): Promise<void> {
    const missing = [...new Set(endpoints)].filter((endpointKey) => !this.#ofEndpoint.has(endpointKey));
    if (missing.length === 0) return;
    for (const endpointKey of missing) this.#ofEndpoint.set(endpointKey, new Set());
    const samples = await session.query<Omit<KeptSample, "fields" | "content">>(
      `SELECT key, day, endpoint_key AS "endpointKey", id, at, size, draw FROM sample
       WHERE run_key = $1 AND endpoint_key = ANY ($2)`,
      [this.#runKey, missing],
    );
    for (const row of samples.rows) this.#add({ ...row, id: decodeText(row.id), fields: [], content: null });
    const fields = await session.query<KeptField & { readonly key: number }>(
      `SELECT sample_key AS key, position, section, path, kind, raw AS "isRaw", slots FROM sample_field
       WHERE run_key = $1 AND endpoint_key = ANY ($2)`,
      [this.#runKey, missing],
    );
    for (const { key, ...field } of fields.rows)
      this.#samples.get(key)?.fields.push({ ...field, path: decodeText(field.path) });
  }

  slotHolders(endpointKey: number, name: FieldName): readonly SlotHolder[] {
    return [...(this.#ofEndpoint.get(endpointKey) ?? [])].flatMap((sample) => {
      const field = sample.fields.find((each) => each.isRaw && each.slots !== 0 && isSameField(each, name));
      return field === undefined ? [] : { ...sample, slots: field.slots };
    });
  }

  insert(
    _: number,
    endpointKey: number,
    sample: Sample,
    { size, draw }: Pick<RankedSample, "size" | "draw">,
  ): number | undefined {
    const { id, at } = sample;
    const kept = this.#ofEndpoint.get(endpointKey) ?? new Set();
    if ([...kept].some((each) => each.id === id)) return undefined;
    const key = this.#nextKey();
    const added = { key, id, at, day: dayOf(at), endpointKey, size, draw, fields: [], content: sample };
    this.#add(added);
    this.#inserted.add(added);
    return key;
  }

  insertField(_: number, { section, path, kind, mark }: DifferingField, sampleKey: number, slots: number): void {
    const { fields } = this.#sample(sampleKey);
    fields.push({ position: fields.length, section, path, kind, isRaw: mark !== "noise", slots });
  }

  setSlots(_: number, name: FieldName, sampleKey: number, slots: number): void {
    const sample = this.#sample(sampleKey);
    const field = sample.fields.find((each) => each.isRaw && isSameField(each, name));
    if (field === undefined) return;
    field.slots = slots;
    if (!this.#inserted.has(sample)) this.#changed.set(field, sample);
  }

  deleteIfUnused(sampleKey: number): void {
    const sample = this.#sample(sampleKey);
    if (sample.fields.some(({ slots }) => slots !== 0)) return;
    this.#samples.delete(sampleKey);
    this.#ofEndpoint.get(sample.endpointKey)?.delete(sample);
    if (!this.#inserted.delete(sample)) this.#deleted.push(sample);
  }

  async write(session: PostgresSession): Promise<void> {
    const inserted = Array.from(this.#inserted, (sample) => ({ ...sample, content: sample.content as Sample }));
    for (const sample of this.#inserted) sample.content = null;
    this.#inserted.clear();
    const deleted = this.#deleted.splice(0);
    for (const statement of DELETIONS) await writeRows(session, statement, this.#runKey, deleted);
    const samples = inserted.map((sample): SampleRow => {
      const { content, ...kept } = sample;
      return { ...kept, ...encodeSample(content), ...timesOf(content) };
    });
    await writeRows(session, INSERT_SAMPLES, this.#runKey, samples);
    const legs = inserted.flatMap(({ day, key, content }) => encodeLegs(content).map((leg) => ({ day, key, ...leg })));
    await writeRows(session, INSERT_LEGS, this.#runKey, legs);
    const fields = inserted.flatMap(({ day, key, endpointKey, fields: own }) =>
      own.map((field) => ({ day, key, endpointKey, ...field })),
    );
    await writeRows(session, INSERT_FIELDS, this.#runKey, fields);
    const changed = Array.from(this.#changed, ([field, { day, key, endpointKey }]) => ({
      day,
      key,
      endpointKey,
      ...field,
    }));
    this.#changed.clear();
    await writeRows(session, SET_SLOTS, this.#runKey, changed);
  }

  #add(sample: KeptSample): void {
    this.#samples.set(sample.key, sample);
    const ofEndpoint = this.#ofEndpoint.get(sample.endpointKey) ?? new Set();
    ofEndpoint.add(sample);
    this.#ofEndpoint.set(sample.endpointKey, ofEndpoint);
  }

  #sample(key: number): KeptSample {
    const sample = this.#samples.get(key);
    if (sample === undefined) throw new Error(`There is no sample ${key}.`);
    return sample;
  }
}

function isSameField(one: FieldName, other: FieldName): boolean {
  return one.path === other.path && one.kind === other.kind && one.section === other.section;
}

function timesOf({ legs }: Sample): ExchangeTimes {
  return {
    primaryMs: latencyOf(legs.primary),
    candidateMs: latencyOf(legs.candidate),
    secondaryMs: latencyOf(legs.secondary),
  };
}

/** Milliseconds without the time to connect; null if the response is missing or incomplete. */
function latencyOf(leg: SampleLeg | null): number | null {
  return leg === null || leg.failure !== null ? null : leg.timing.totalMs - (leg.timing.connectMs ?? 0);
}
