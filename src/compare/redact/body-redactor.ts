import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import { ExactNumber } from "../tree/exact-number.ts";
import { Duplicates, type Json } from "../tree/json-tree.ts";
import { FINGERPRINT, createMasker, type Masker } from "./secret-masker.ts";

/** Renderings are for a glance; the whole is in the sampled body. */
const MAX_RENDERED_CHARS = 200;
/** What is masked for a rendering. */
const MAX_MASKED_CHARS = 8_192;

export interface Redactor extends Masker {
  /** The value of a header field. Capture has taken secrets out by name; this takes out what has the form of one. */
  readonly field: (name: string, value: string) => string;
  /** A short rendering of a JSON value: scalars as JSON, containers by their size. */
  readonly value: (value: Json, sensitive: boolean) => string;
  /** The beginning of a text, masked before it is cut to its last length so that no half of a secret remains. */
  readonly short: (text: string) => string;
}

/** For one sample, as its masker is. @param key of the run */
export function createRedactor(key: Uint8Array): Redactor {
  const masker = createMasker(key);
  const short = (text: string): string => clip(masker.text(text.slice(0, MAX_MASKED_CHARS)));
  return {
    ...masker,
    short,
    field: (name, value) =>
      isSensitiveName(name) && !value.includes(FINGERPRINT) ? masker.whole(value) : masker.text(value),
    value: (value, sensitive) => {
      if (typeof value === "string") return clip(JSON.stringify(sensitive ? masker.whole(value) : short(value)));
      if (typeof value === "number" || value instanceof ExactNumber) {
        const spelled = value instanceof ExactNumber ? value.source : String(value);
        return sensitive ? masker.whole(spelled) : clip(spelled);
      }
      if (typeof value === "boolean" || value === null) return String(value);
      if (value instanceof Duplicates) return `${value.values.length} values under one key`;
      if (Array.isArray(value)) return count(value.length, "element");
      return count(Object.keys(value).length, "member");
    },
  };
}

function count(size: number, what: string): string {
  const noun = size === 1 ? what : `${what}s`;
  return what === "element" ? `array of ${size} ${noun}` : `object of ${size} ${noun}`;
}

function clip(text: string): string {
  return text.length > MAX_RENDERED_CHARS ? `${text.slice(0, MAX_RENDERED_CHARS)}…` : text;
}
