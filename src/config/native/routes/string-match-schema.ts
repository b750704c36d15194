import { z } from "zod";
import type { StringMatch } from "../../../model/routing.ts";
import { required, type SchemaNote } from "../../options/option.ts";
import { method } from "../../values/names.ts";
import { choice, bool, type ValueType } from "../../values/value-type.ts";
import { onlyField, addIssue } from "../../values/schema-checks.ts";
import { anyText, lowerCaseText, path, regex } from "../../values/http-texts.ts";

/** The forms of a match, by their YAML fields. */
interface MatchForms {
  readonly exact: ValueType<string>;
  readonly prefix: ValueType<string>;
  readonly pathPrefix?: ValueType<string> | undefined;
  readonly regex: ValueType<string>;
  readonly present?: ValueType<boolean> | undefined;
}

interface WrittenMatch {
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly pathPrefix?: string | undefined;
  readonly regex?: string | undefined;
  readonly present?: boolean | undefined;
}

const ANY: MatchForms = { exact: anyText, prefix: anyText, regex };

export const uriMatch = stringMatch({ exact: path, prefix: path, pathPrefix: path, regex });
export const methodMatch = stringMatch({ ...ANY, exact: method });
export const schemeMatch = stringMatch({ ...ANY, exact: choice("http", "https") });
/** Host names ignore case. */
export const authorityMatch = stringMatch({ ...ANY, exact: lowerCaseText, prefix: lowerCaseText });
/** A match of a header or query parameter, which can also require only that it is present. */
export const fieldMatch = stringMatch({ ...ANY, present: bool });
export const originMatch = stringMatch(ANY);

/** Text is a shorthand for `{ exact: text }`. */
function stringMatch(forms: MatchForms): z.ZodType<StringMatch> {
  const shape = Object.fromEntries(
    Object.entries(forms).map(([form, type]: [string, ValueType<unknown>]) => [form, required(type).optional()]),
  );
  const fields = Object.keys(forms) as (keyof WrittenMatch)[];
  return z
    .transform((value: unknown) => (isScalar(value) ? { exact: value } : value))
    .pipe(z.strictObject(shape) as unknown as z.ZodType<WrittenMatch>)
    .transform((written, context): StringMatch => {
      const form = onlyField(written, fields, context);
      return form === undefined ? z.NEVER : matchOf(form, written, context);
    })
    .meta({ shorthand: forms.exact.json } satisfies SchemaNote);
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function matchOf(form: keyof WrittenMatch, written: WrittenMatch, context: z.RefinementCtx): StringMatch {
  const { [form]: value } = written;
  if (form === "present") {
    if (value === false) {
      addIssue(context, value, {
        message: "must be true; to require a missing header write withoutHeaders",
        path: [form],
      });
    }
    return { type: "present" };
  }
  const text = String(value);
  if (form === "regex") return { type: "regex", source: text };
  return { type: form === "pathPrefix" ? "path-prefix" : form, value: text };
}
