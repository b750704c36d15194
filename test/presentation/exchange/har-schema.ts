import { createRequire } from "node:module";
import { Ajv } from "ajv";

const require = createRequire(import.meta.url);
const schemas = require("har-schema") as Readonly<Record<string, object>>;

/** The schema of HTTP Archive 1.2; its formats are checked here by hand. @returns what is wrong; empty for a valid archive */
export function harErrors(value: unknown): unknown {
  const ajv = new Ajv({
    strict: false,
    formats: { ipv4: true, ipv6: true, "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, uri: /^https?:\/\// },
  });
  ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json") as object);
  const { har, ...parts } = schemas;
  for (const schema of Object.values(parts)) ajv.addSchema(schema);
  const validate = ajv.compile(har ?? {});
  return validate(value) ? [] : validate.errors;
}
