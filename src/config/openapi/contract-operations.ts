import { endpointText, isParameter } from "../../endpoints/endpoint-namer.ts";
import type { ContractOperation, ContractResponse } from "../../model/contract/contract.ts";
import { ConfigError } from "../config-error.ts";
import type { OpenApiFiles } from "./openapi-files.ts";
import { isMapping, type OpenApiNode } from "./openapi-node.ts";
import type { ResponseSchemas } from "./response-schemas.ts";
import { serverPaths } from "./server-paths.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
/** What an endpoint can be named by; see `pathTemplate`. */
const PATH = /^\/[^\s?#]*$/;
const STATUS = /^(?:[1-5]\d\d|[1-5]XX|default)$/i;

interface OperationOptions {
  /** In place of the paths of the servers. */
  readonly basePath: string | undefined;
  /** Undefined: responses are not read. */
  readonly schemas: ResponseSchemas | undefined;
}

/** An operation, before its paths are sorted. */
interface PathOperation extends ContractOperation {
  readonly path: string;
}

/**
 * The operations of a document, in the order in which requests are matched: of two paths that match, the one without a parameter
 * comes first (OpenAPI 3.1 §4.8.8.2).
 * @throws ConfigError with the first problem of the document
 */
export function readOperations(
  root: OpenApiNode,
  files: OpenApiFiles,
  options: OperationOptions,
): readonly ContractOperation[] {
  const operations = (root.child("paths")?.members() ?? []).flatMap(([path, written]) => {
    if (!PATH.test(path)) {
      throw new ConfigError([written.problem(`${path} is not a path`, "a path that begins with a slash", "key")]);
    }
    const item = files.resolve(written);
    return METHODS.flatMap((method) => operationsOf(path, method, { root, item, files, ...options }));
  });
  const sorted = operations.toSorted((one, other) => compareTexts(specificity(one.path), specificity(other.path)));
  const distinct = new Map(sorted.map(({ endpoint, responses }) => [endpoint, { endpoint, responses }]));
  return [...distinct.values()];
}

interface PathItem extends OperationOptions {
  readonly root: OpenApiNode;
  readonly item: OpenApiNode;
  readonly files: OpenApiFiles;
}

function operationsOf(path: string, method: string, parts: PathItem): readonly PathOperation[] {
  const { root, item, files, basePath, schemas } = parts;
  const operation = item.child(method);
  if (operation === undefined) return [];
  if (!isMapping(operation.value)) throw new ConfigError([operation.problem("an operation is a mapping")]);
  const responses = schemas === undefined ? {} : readResponses(operation, files, schemas);
  const servers = operation.child("servers") ?? item.child("servers") ?? root.child("servers");
  const bases = basePath === undefined ? serverPaths(servers) : [basePath];
  return bases.map((base) => {
    const full = `${base}${path}`;
    return { path: full, endpoint: endpointText(method.toUpperCase(), full), responses };
  });
}

function readResponses(
  operation: OpenApiNode,
  files: OpenApiFiles,
  schemas: ResponseSchemas,
): ContractOperation["responses"] {
  const responses = operation.child("responses")?.members() ?? [];
  return Object.fromEntries(
    responses.map(([status, written]) => {
      if (!STATUS.test(status)) {
        throw new ConfigError([written.problem(`${status} is not a status`, "200, 4XX or default", "key")]);
      }
      return [status.replaceAll("x", "X"), readResponse(files.resolve(written), files, schemas)];
    }),
  );
}

function readResponse(response: OpenApiNode, files: OpenApiFiles, schemas: ResponseSchemas): ContractResponse {
  const content = response.child("content")?.members() ?? [];
  return {
    content: Object.fromEntries(
      content.map(([type, written]) => {
        const schema = files.resolve(written).child("schema");
        const [mediaType = ""] = type.split(";", 1);
        return [mediaType.trim().toLowerCase(), schema === undefined ? null : schemas.add(schema)];
      }),
    ),
  };
}

/** Sorts literal segments before those with a parameter, position by position. */
function specificity(path: string): string {
  return path
    .split("/")
    .map((segment) => (isParameter(segment) ? "2" : segment.includes("{") ? "1" : "0"))
    .join("");
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
