import { createRequire } from "node:module";
import type { ErrorObject, Options, ValidateFunction } from "ajv";
import type * as ajvModule from "ajv/dist/2020.js";
import type * as formatsModule from "ajv-formats";
import { linearExpression } from "../../lib/text/linear-expression.ts";
import type { Contract } from "../../model/contract/contract.ts";

// A few megabytes of code, which only a contract needs.
const load = createRequire(import.meta.url);

/** Validates the values of a contract's schemas, each of which is compiled on first use. */
export interface SchemaValidators {
  /**
   * @param schema a member of `$defs`
   * @param all whether to look for all errors; otherwise, validation ends at the first one
   * @returns the errors; empty for a valid value
   */
  errorsOf(schema: string, value: unknown, all: boolean): readonly ErrorObject[];
}

const NO_ERRORS: readonly ErrorObject[] = [];
const BASE = "contract";

/** @param schemas valid ones, as `loadContract` gives them */
export function createSchemaValidators(schemas: Contract["schemas"]): SchemaValidators {
  const toFirst = createCompiler(schemas, false);
  let toAll: ReturnType<typeof createCompiler> | undefined;
  return {
    errorsOf(schema, value, all) {
      const validate = all ? (toAll ??= createCompiler(schemas, true))(schema) : toFirst(schema);
      return validate(value) ? NO_ERRORS : (validate.errors ?? NO_ERRORS);
    },
  };
}

function createCompiler(schemas: Contract["schemas"], allErrors: boolean): (schema: string) => ValidateFunction {
  const { Ajv2020 } = load("ajv/dist/2020.js") as typeof ajvModule;
  const { default: addFormats } = load("ajv-formats") as typeof formatsModule;
  const ajv = new Ajv2020({ ...OPTIONS, allErrors });
  addFormats.default(ajv);
  ajv.addSchema({ $id: BASE, ...schemas });
  const compiled = new Map<string, ValidateFunction>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const validate = ajv.compile({ $ref: `${BASE}#/$defs/${schema}` });
    compiled.set(schema, validate);
    return validate;
  };
}

const OPTIONS: Options = {
  // Keywords and formats that JSON Schema does not know decide about nothing.
  strict: false,
  validateSchema: false,
  logger: false,
  ownProperties: true,
  code: { regExp: Object.assign((pattern: string) => linearExpression(pattern), { code: "linearExpression" }) },
};
