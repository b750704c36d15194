import { LRUCache } from "lru-cache";
import type { Section } from "../../model/difference.ts";
import type { FieldDifference } from "../field-difference.ts";
import { createRedactor, type Redactor } from "../redact/redactor.ts";
import type { Json } from "../tree/json-tree.ts";
import { FieldMemory } from "./field-memory.ts";
import type { FeatureSide } from "../tally.ts";
import { addFeatures, classOfLength, FeatureList, type FeatureContext } from "./value-features.ts";

/** Endpoints that a thread remembers: those used last. */
const MAX_ENDPOINTS = 200;
/** Fields of each: the first ones. */
const MAX_FIELDS = 200;

/** A feature that the value of a field has in only one of two responses. */
export interface DiscordantFeature {
  readonly section: Section;
  readonly path: string;
  readonly feature: string;
  readonly side: FeatureSide;
}

/** An exchange whose candidate and secondary were both compared with the primary. */
interface PairedDifferences {
  readonly candidate: string;
  readonly endpoint: string;
  /** Arrival of the request, Unix milliseconds. */
  readonly at: number;
  /** Primary against candidate. */
  readonly raw: readonly FieldDifference[];
  /** Primary against secondary. */
  readonly noise: readonly FieldDifference[];
  /** The secondary is the primary, asked twice: a counter in its process goes up in between, and sizes say nothing. */
  readonly isSelfCheck: boolean;
}

/** The differences of one field in one exchange. */
interface FieldPair {
  readonly section: Section;
  readonly path: string;
  readonly raw: FieldDifference[];
  readonly noise: FieldDifference[];
}

export interface FeatureComparison {
  /** The features that only the candidate's or only the secondary's values have, of every field that differs. */
  compare(pair: PairedDifferences): readonly DiscordantFeature[];
}

/**
 * Compares what can be said about the values of candidate and secondary in fields that differ: a field that is noise can still
 * be wrong. If the candidate behaves like a second secondary, either of them has a feature alone equally often, whatever the
 * feature, because both sides are treated alike: the values where they differ from the primary, otherwise the primary's.
 * @param redactionKey of the run
 */
export function createFeatureComparison(redactionKey: Uint8Array): FeatureComparison {
  const endpoints = new LRUCache<string, Map<string, FieldMemory>>({ max: MAX_ENDPOINTS });
  const memoriesOf = (endpoint: string): Map<string, FieldMemory> => {
    const known = endpoints.get(endpoint);
    if (known !== undefined) return known;
    const memories = new Map<string, FieldMemory>();
    endpoints.set(endpoint, memories);
    return memories;
  };
  return {
    compare({ candidate, endpoint, at, raw, noise, isSelfCheck }) {
      if (raw.length === 0 && noise.length === 0) return NO_FEATURES;
      const features: DiscordantFeature[] = [];
      const areBodiesCompared = !raw.some(hidesBody) && !noise.some(hidesBody);
      const memories = memoriesOf(`${candidate}\n${endpoint}`);
      for (const [key, field] of pairFields(raw, noise)) {
        if (field.section === "body" && !areBodiesCompared) continue;
        const memory = memories.get(key) ?? new FieldMemory();
        if (memories.size < MAX_FIELDS) memories.set(key, memory);
        observe(memory, field, redactionKey);
        if (!memory.isComparable) continue;
        const hasSizes = !isSelfCheck && memory.hasSizes;
        addDiscordant(features, field, { at, hasSizes, frequent: memory.frequent });
      }
      return features;
    },
  };
}

export const NO_FEATURES: readonly DiscordantFeature[] = [];

/** With another status or media type, the body is another document and is not compared. */
function hidesBody({ section, path, kind }: FieldDifference): boolean {
  return section === "status" || kind === "transport" || (section === "header" && path === "content-type");
}

function pairFields(
  raw: readonly FieldDifference[],
  noise: readonly FieldDifference[],
): ReadonlyMap<string, FieldPair> {
  const fields = new Map<string, FieldPair>();
  const add = (differences: readonly FieldDifference[], side: "raw" | "noise"): void => {
    for (const difference of differences) {
      if (difference.values === undefined || difference.values.length === 0) continue;
      const { section, path } = difference;
      const key = `${section}\n${path}`;
      const field = fields.get(key) ?? { section, path, raw: [], noise: [] };
      field[side].push(difference);
      fields.set(key, field);
    }
  };
  add(raw, "raw");
  add(noise, "noise");
  return fields;
}

function observe(memory: FieldMemory, { raw, noise }: FieldPair, redactionKey: Uint8Array): void {
  const difference = raw[0] ?? noise[0];
  const primary = difference?.values?.[0]?.left;
  const ofOther = (own: readonly FieldDifference[]): Json | undefined => {
    const [first] = own;
    return first === undefined ? primary : first.values?.[0]?.right;
  };
  memory.observe({ primary, candidate: ofOther(raw), secondary: ofOther(noise) }, () =>
    isShownUnmasked(difference, primary, createRedactor(redactionKey)),
  );
}

/** Whether a sample would show the value as it is. */
function isShownUnmasked(
  difference: FieldDifference | undefined,
  value: Json | undefined,
  redactor: Redactor,
): boolean {
  const shown = difference?.detail(redactor).primary;
  return shown === (difference?.section === "body" ? JSON.stringify(value) : value);
}

function addDiscordant(features: DiscordantFeature[], field: FieldPair, context: FeatureContext): void {
  const { section, path } = field;
  const ofCandidate = featuresOf(field.raw, field.noise, context);
  const ofSecondary = featuresOf(field.noise, field.raw, context);
  const add = (own: readonly string[], other: readonly string[], side: FeatureSide): void => {
    for (const feature of own) if (!other.includes(feature)) features.push({ section, path, feature, side });
  };
  add(ofCandidate, ofSecondary, "candidateOnly");
  add(ofSecondary, ofCandidate, "secondaryOnly");
}

/** @param others the differences of the other side: where only that one differs, this side has the primary's values */
function featuresOf(
  own: readonly FieldDifference[],
  others: readonly FieldDifference[],
  context: FeatureContext,
): readonly string[] {
  const features = new FeatureList();
  for (const { values = [] } of own.length > 0 ? own : others) {
    for (const { left, right, sizes } of values) {
      addFeatures(features, own.length > 0 ? right : left, left, context);
      if (sizes !== undefined) features.add(classOfLength("elements", own.length > 0 ? sizes.right : sizes.left));
    }
  }
  return features.all;
}
