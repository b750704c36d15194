import { z } from "zod";
import type { StringMatch } from "../../../model/routing.ts";
import { required, type SchemaNote } from "../../options/option.ts";
import { choice, truth, type ValueType } from "../../values/value-type.ts";
import { onlyField, refuse } from "../../values/refuse-value.ts";
import { anyText, exactMethod, loweredText, path, regex } from "../../values/texts.ts";

interface Forms {
  readonly exact: ValueType<string>;
  readonly prefix: ValueType<string>;
  readonly pathPrefix?: ValueType<string> | undefined;
  readonly regex: ValueType<string>;
  readonly present?: ValueType<boolean> | undefined;
}

interface Written {
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly pathPrefix?: string | undefined;
  readonly regex?: string | undefined;
  readonly present?: boolean | undefined;
}

const ANY: Forms = { exact: anyText, prefix: anyText, regex };

/** Of the path. */
export const uriMatch = stringMatch({ exact: path, prefix: path, pathPrefix: path, regex });
export const methodMatch = stringMatch({ ...ANY, exact: exactMethod });
export const schemeMatch = stringMatch({ ...ANY, exact: choice("http", "https") });
/** Names of hosts are compared in lower case. */
export const authorityMatch = stringMatch({ ...ANY, exact: loweredText, prefix: loweredText });
/** Of a header or a query parameter, which may also only have to be there. */
export const fieldMatch = stringMatch({ ...ANY, present: truth });
export const originMatch = stringMatch(ANY);

/** Text alone is short for `{ exact: text }`. */
function stringMatch(forms: Forms): z.ZodType<StringMatch> {
  const shape = Object.fromEntries(
    Object.entries(forms).map(([form, type]: [string, ValueType<unknown>]) => [form, required(type).optional()]),
  );
  const fields = Object.keys(forms) as (keyof Written)[];
  return z
    .transform((value: unknown) => (isScalar(value) ? { exact: value } : value))
    .pipe(z.strictObject(shape) as unknown as z.ZodType<Written>)
    .transform((written, context): StringMatch => {
      const form = onlyField(written, fields, context);
      return form === undefined ? z.NEVER : matchOf(form, written, context);
    })
    .meta({ shorthand: forms.exact.json } satisfies SchemaNote);
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function matchOf(form: keyof Written, written: Written, context: z.RefinementCtx): StringMatch {
  const { [form]: value } = written;
  if (form === "present") {
    if (value === false) {
      refuse(context, value, {
        message: "false cannot be; for what must be missing write withoutHeaders",
        path: [form],
      });
    }
    return { type: "present" };
  }
  const text = String(value);
  if (form === "regex") return { type: "regex", source: text };
  return { type: form === "pathPrefix" ? "path-prefix" : form, value: text };
}
