import { createRequire } from "node:module";
import { extname } from "node:path";
import type { Contract } from "../../model/contract/contract.ts";
import { ConfigError, type Problem } from "../config-error.ts";
import { describeValue } from "../values/value-type.ts";
import { readOperations } from "./contract-operations.ts";
import { OpenApiFiles } from "./openapi-files.ts";
import type { OpenApiNode } from "./openapi-node.ts";
import { ResponseSchemas } from "./response-schemas.ts";
import type * as schemaCheck from "./schema-check.ts";

const VERSION = /^3\.[01]\.\d/;
const VERSIONS = "openapi: 3.0.x or openapi: 3.1.x";
const load = createRequire(import.meta.url);

export interface ContractOptions {
  /** In place of the paths of the servers: `/v1`. */
  readonly basePath?: string | undefined;
  /** Read what responses look like, and check the schemas. */
  readonly withResponses: boolean;
}

export interface LoadedContract {
  readonly contract: Contract;
  /** The files that were read. */
  readonly files: readonly string[];
}

/**
 * Reads an OpenAPI document (3.0 or 3.1) in YAML or JSON, and the files that it refers to.
 * @throws ConfigError with the position of what is wrong, and what to write
 */
export function loadContract(path: string, { basePath, withResponses }: ContractOptions): LoadedContract {
  const files = new OpenApiFiles();
  const root = files.read(path);
  const version = checkVersion(root);
  const schemas = withResponses ? new ResponseSchemas(files, version) : undefined;
  const operations = readOperations(root, files, { basePath, schemas });
  if (operations.length === 0) {
    throw new ConfigError([(root.child("paths") ?? root).problem("the document has no operations; write paths")]);
  }
  const problems = schemas === undefined ? [] : schemaProblems(schemas);
  if (problems.length > 0) throw new ConfigError(problems);
  return { contract: { operations, schemas: { $defs: schemas?.definitions ?? {} } }, files: files.paths };
}

function checkVersion(root: OpenApiNode): string {
  const written = root.child("openapi")?.value;
  const version = String(written);
  if (VERSION.test(version)) return version;
  const swagger = root.child("swagger");
  if (swagger !== undefined) {
    throw new ConfigError([
      swagger.problem(`version ${describeValue(swagger.value)} is not supported; convert it to OpenAPI 3`, VERSIONS),
    ]);
  }
  const message = written === undefined ? "this is no OpenAPI document: it has no field openapi" : "is not supported";
  const subject = written === undefined ? message : `version ${describeValue(written)} ${message}`;
  throw new ConfigError([(root.child("openapi") ?? root).problem(subject, VERSIONS)]);
}

/** Loaded on demand: few configurations validate responses. */
function schemaProblems(schemas: ResponseSchemas): readonly Problem[] {
  const { checkSchemas } = load(`./schema-check${extname(import.meta.filename)}`) as typeof schemaCheck;
  return checkSchemas(schemas);
}
