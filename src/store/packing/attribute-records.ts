import type { Attribute, AttributeRecord, AttributeSource } from "../../model/explain/attribute.ts";
import { decodeFields, encodeFields } from "./column-encoding.ts";

/** Templates of an endpoint, and of one stratum. */
const MAX_TEMPLATES = 64;
const MAX_OF_STRATUM = 2;

type Value = Attribute["value"];

/**
 * The attributes of a record, as what distinguishes them from those of a template: `n` takes the next n from it, `-n` skips n,
 * `[value]` is the next one with another value, and three texts are an attribute that it does not have.
 */
type Step = number | readonly [Value] | readonly [AttributeSource, string, Value];

interface Head {
  readonly stratum: string;
  readonly paired: boolean;
  /** See `encodeFields`. */
  readonly fields: string;
  readonly cut: readonly AttributeSource[];
}

/** What most records of a stratum have in common. */
interface Template extends Head {
  readonly attributes: readonly (readonly [AttributeSource, string, Value])[];
}

/** A record refers to a template of its endpoint. Its own head is what differs from that of the template. */
type Content = readonly [template: number, steps: readonly Step[], head?: Partial<Head>];

/** What is stored of a record in one column. */
export type RecordContent = Pick<AttributeRecord, "stratum" | "paired" | "fields" | "cut" | "attributes">;

interface OpenTemplate {
  readonly head: Head;
  readonly attributes: readonly Attribute[];
  /** The place of each attribute, by source and name. */
  readonly places: ReadonlyMap<string, number>;
}

/**
 * Packs the records of an endpoint as JSON. The attributes of one endpoint are mostly the same, so that a record is a few values:
 * some 300 bytes instead of 2,000. The templates are records themselves; they never change.
 */
export class AttributePacker {
  readonly #templates: OpenTemplate[];
  readonly #added: string[] = [];

  /** @param templates those that are stored, in order */
  constructor(templates: readonly string[]) {
    this.#templates = templates.map(openTemplate);
  }

  get count(): number {
    return this.#templates.length;
  }

  /** Those that were added since the last call; they follow the ones that are stored. */
  takeAdded(): readonly string[] {
    return this.#added.splice(0);
  }

  pack(record: RecordContent): string {
    const own = this.#templates.flatMap((template, at) => (template.head.stratum === record.stratum ? [at] : []));
    const isFull = this.#templates.length >= MAX_TEMPLATES;
    const candidates = own.length === 0 && isFull ? [0] : own;
    const packed = candidates.map((at) => this.#pack(at, record));
    const best = packed.toSorted((one, other) => one.changes - other.changes)[0];
    const fits = best !== undefined && 2 * best.changes <= record.attributes.length;
    if (best !== undefined && (fits || isFull || own.length >= MAX_OF_STRATUM)) return JSON.stringify(best.content);
    this.#add(record);
    return JSON.stringify(this.#pack(this.#templates.length - 1, record).content);
  }

  #add({ stratum, paired, fields, cut, attributes }: RecordContent): void {
    const rows = attributes.map(({ source, name, value }) => [source, name, value] as const);
    const template: Template = { stratum, paired, fields: encodeFields(fields), cut, attributes: rows };
    const text = JSON.stringify(template);
    this.#added.push(text);
    this.#templates.push(openTemplate(text));
  }

  #pack(at: number, record: RecordContent): { readonly content: Content; readonly changes: number } {
    const { head, attributes, places } = this.#templates[at] as OpenTemplate;
    const steps: Step[] = [];
    let next = 0;
    let changes = 0;
    let taken = 0;
    const takeRun = (): void => {
      if (taken > 0) steps.push(taken);
      taken = 0;
    };
    for (const { source, name, value } of record.attributes) {
      const expected = attributes[next];
      const isNext = expected?.name === name && expected.source === source;
      const place = isNext ? next : places.get(keyOf(source, name));
      if (place === undefined || place < next) {
        takeRun();
        steps.push([source, name, value]);
        changes += 1;
        continue;
      }
      if (place > next) {
        takeRun();
        steps.push(next - place);
      }
      if (Object.is(attributes[place]?.value, value)) taken += 1;
      else {
        takeRun();
        steps.push([value]);
        changes += 1;
      }
      next = place + 1;
    }
    takeRun();
    const own = differenceOf(record, head);
    return { content: own === undefined ? [at, steps] : [at, steps, own], changes };
  }
}

/** Unpacks records of one endpoint. Attributes that equal those of a template are the same objects. */
export class AttributeUnpacker {
  readonly #templates: readonly OpenTemplate[];

  /** @param templates of the endpoint, in order */
  constructor(templates: readonly string[]) {
    this.#templates = templates.map(openTemplate);
  }

  unpack(text: string): RecordContent {
    const [at, steps, own] = JSON.parse(text) as Content;
    const template = this.#templates[at];
    if (template === undefined) throw new Error(`impossible: a record refers to the unknown template ${at}`);
    const { fields, ...head } = { ...template.head, ...own };
    return { ...head, fields: decodeFields(fields), attributes: follow(steps, template.attributes) };
  }
}

function follow(steps: readonly Step[], known: readonly Attribute[]): readonly Attribute[] {
  const attributes: Attribute[] = [];
  let next = 0;
  for (const step of steps) {
    if (typeof step === "number") {
      if (step > 0) attributes.push(...known.slice(next, next + step));
      next += Math.abs(step);
    } else if (step.length === 1) {
      const { source, name } = known[next] as Attribute;
      attributes.push({ source, name, value: step[0] });
      next += 1;
    } else attributes.push({ source: step[0], name: step[1], value: step[2] });
  }
  return attributes;
}

function openTemplate(text: string): OpenTemplate {
  const { attributes: rows, ...head } = JSON.parse(text) as Template;
  const attributes = rows.map(([source, name, value]) => ({ source, name, value }));
  return { head, attributes, places: new Map(attributes.map(({ source, name }, at) => [keyOf(source, name), at])) };
}

function differenceOf(record: RecordContent, head: Head): Partial<Head> | undefined {
  const { stratum, paired, cut } = record;
  const fields = encodeFields(record.fields);
  const own: Partial<Head> = {
    ...(stratum !== head.stratum && { stratum }),
    ...(paired !== head.paired && { paired }),
    ...(fields !== head.fields && { fields }),
    ...(cut.join() !== head.cut.join() && { cut }),
  };
  return Object.keys(own).length === 0 ? undefined : own;
}

function keyOf(source: AttributeSource, name: string): string {
  return `${source}\n${name}`;
}
