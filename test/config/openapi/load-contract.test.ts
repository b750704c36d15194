import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createSchemaValidators } from "../../../src/compare/contract/schema-validators.ts";
import { ConfigError } from "../../../src/config/config-error.ts";
import { loadWithWarnings } from "../../../src/config/load-config.ts";
import { loadContract, type LoadedContract } from "../../../src/config/openapi/load-contract.ts";
import { startTestAdmin } from "../../admin/admin-fixture.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-openapi-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Writes files, and loads the first. */
function load(files: Readonly<Record<string, string>>, basePath?: string): LoadedContract {
  const paths = Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  });
  return loadContract(paths[0] ?? "", { basePath, withResponses: true });
}

function endpoints({ contract }: LoadedContract): readonly string[] {
  return contract.operations.map(({ endpoint }) => endpoint);
}

/** The problems of a document as lines, without the folder of the test. */
function problems(files: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(files);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, "").split("\n");
  }
}

/** A document with one operation whose response has a schema. */
function withSchema(version: string, schema: object, components: object = {}): string {
  const content = { "application/json": { schema } };
  const paths = { "/a": { get: { responses: { 200: { description: "", content } } } } };
  return JSON.stringify({
    openapi: version,
    info: { title: "", version: "" },
    paths,
    components: { schemas: components },
  });
}

/** Whether a response is valid by the schema of `withSchema`. */
function isValid(text: string, value: unknown): boolean {
  const { contract } = load({ "one.json": text });
  const [operation] = contract.operations;
  const name = operation?.responses["200"]?.content["application/json"] ?? "";
  return createSchemaValidators(contract.schemas).errorsOf(name, value, false).length === 0;
}

describe("the operations of an OpenAPI document", () => {
  it("are those of a real document: the API of shadowdiff itself", async () => {
    const admin = await startTestAdmin({});
    onTestFinished(() => admin.close());
    const text = await (await fetch(`${admin.url}/api/v1/openapi.json`)).text();
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
    const expected = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const loaded = load({ "api.json": text });
    expect(endpoints(loaded).toSorted()).toEqual(expected.toSorted());
    expect(expected.length).toBeGreaterThan(30);
  });

  it("have the base paths of their servers, the nearest of which apply, with the values of variables", () => {
    const document = `
openapi: 3.0.3
servers:
  - url: https://api.example.com/{stage}/v1/
    variables: { stage: { enum: [live, test], default: live } }
paths:
  /users: { get: { responses: {} } }
  /files:
    servers: [{ url: "https://cdn.example.com" }, { url: ../cdn }]
    get: { servers: [{ url: "/{region}", variables: {} }], responses: {} }
    put: { responses: {} }
`;
    expect(endpoints(load({ "servers.yaml": document })).toSorted()).toEqual([
      "GET /live/v1/users",
      "GET /test/v1/users",
      "GET /{region}/files",
      "PUT /cdn/files",
      "PUT /files",
    ]);
    expect(endpoints(load({ "servers.yaml": document }, "/v9")).toSorted()).toEqual([
      "GET /v9/files",
      "GET /v9/users",
      "PUT /v9/files",
    ]);
  });

  it("are matched from the most literal path on", () => {
    const get = { get: { responses: {} } };
    const paths = { "/{a}/{b}": get, "/users/{id}": get, "/users/{id}.json": get, "/users/me": get, "/{a}/me": get };
    const loaded = load({ "order.json": JSON.stringify({ openapi: "3.1.1", paths }) });
    expect(endpoints(loaded)).toEqual([
      "GET /users/me",
      "GET /users/{id}.json",
      "GET /users/{id}",
      "GET /{a}/me",
      "GET /{a}/{b}",
    ]);
  });

  it("are found through references to other files, which refer to others and back", () => {
    const loaded = load({
      "root.yaml": `
openapi: 3.1.0
paths:
  /users/{id}: { $ref: "paths/users.yaml#/~1users~1{id}" }
components:
  schemas: { Id: { type: integer } }
`,
      "paths/users.yaml": `
/users/{id}:
  get:
    responses:
      "200":
        content:
          application/json; charset=utf-8: { schema: { $ref: "../schemas/user.json" } }
`,
      "schemas/user.json": JSON.stringify({
        type: "object",
        required: ["id"],
        properties: { id: { $ref: "../root.yaml#/components/schemas/Id" }, friend: { $ref: "#" } },
      }),
    });
    expect(loaded.files.map((file) => file.replace(folder, ""))).toEqual([
      "/root.yaml",
      "/paths/users.yaml",
      "/schemas/user.json",
    ]);
    expect(loaded.contract.operations).toEqual([
      { endpoint: "GET /users/{id}", responses: { 200: { content: { "application/json": "0" } } } },
    ]);
    const validators = createSchemaValidators(loaded.contract.schemas);
    expect(validators.errorsOf("0", { id: 1, friend: { id: 2 } }, true)).toEqual([]);
    expect(validators.errorsOf("0", { id: 1, friend: { id: "2" } }, true)).toMatchObject([
      { instancePath: "/friend/id", keyword: "type" },
    ]);
  });
});

describe("the schemas of OpenAPI", () => {
  // Each row is a sentence of the specification.
  it.each<[string, string, object, readonly unknown[], readonly unknown[]]>([
    ["nullable allows null where there is a type", "3.0.3", { type: "string", nullable: true }, ["a", null], [1]],
    ["a type without nullable does not", "3.0.3", { type: "string" }, ["a"], [null]],
    [
      "exclusiveMinimum is a flag in 3.0",
      "3.0.3",
      { type: "number", minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: false },
      [1.5, 3],
      [1, 3.5],
    ],
    ["exclusiveMinimum is a limit in 3.1", "3.1.0", { type: "number", exclusiveMinimum: 1 }, [1.5], [1]],
    ["a type is a list in 3.1", "3.1.0", { type: ["string", "null"] }, ["a", null], [1]],
    [
      "what is only written is not required in a response",
      "3.1.0",
      {
        type: "object",
        required: ["id", "password"],
        properties: { id: { type: "integer" }, password: { type: "string", writeOnly: true } },
      },
      [{ id: 1 }],
      [{ password: "a" }],
    ],
    [
      "formats are validated",
      "3.1.0",
      { type: "string", format: "uuid" },
      ["0c65ccaf-1d7c-4bc0-8e7f-000000000000"],
      ["x"],
    ],
    ["unknown formats and keywords are not", "3.1.0", { type: "string", format: "color", foo: 1 }, ["x"], []],
    ["examples and extensions decide about nothing", "3.1.0", { example: { $ref: "nowhere" }, "x-a": 1 }, [1, "a"], []],
    ["a schema can be false", "3.1.0", { properties: { a: false } }, [{}], [{ a: 1 }]],
    [
      "a property can have the name of a keyword or an extension",
      "3.1.0",
      { properties: { $ref: { type: "string" }, "x-a": { type: "string" }, required: { type: "string" } } },
      [{ $ref: "a", "x-a": "b", required: "c" }],
      [{ "x-a": 1 }, { $ref: 1 }],
    ],
  ])("%s (%s)", (_, version, schema, valid, invalid) => {
    const text = withSchema(version, schema);
    expect(valid.map((value) => isValid(text, value))).toEqual(valid.map(() => true));
    expect(invalid.map((value) => isValid(text, value))).toEqual(invalid.map(() => false));
  });

  it("applies what stands next to a reference in 3.1, and ignores it in 3.0", () => {
    const schema = { $ref: "#/components/schemas/Text", minLength: 3 };
    const components = { Text: { type: "string" } };
    expect(isValid(withSchema("3.1.0", schema, components), "ab")).toBe(true);
    const nested = (version: string): string => withSchema(version, { allOf: [schema] }, components);
    expect(isValid(nested("3.1.0"), "ab")).toBe(false);
    expect(isValid(nested("3.0.0"), "ab")).toBe(true);
  });
});

describe("errors of an OpenAPI document name the place and the remedy", () => {
  const START = "openapi: 3.1.0\npaths:\n";
  const responseOf = (schema: string): string =>
    `${START}  /a: { get: { responses: { 200: { content: { application/json: { schema: ${schema} } } } } } }\n`;

  const WRONG_TYPE = responseOf("{ properties: { id: { type: int } } }");

  it.each<[string, Readonly<Record<string, string>>, readonly unknown[]]>([
    [
      "another version",
      { "a.yaml": 'swagger: "2.0"\n' },
      [
        'a.yaml:1:10 swagger: version "2.0" is not supported; convert it to OpenAPI 3 (allowed: openapi: 3.0.x or openapi: 3.1.x)',
      ],
    ],
    [
      "another document",
      { "a.yaml": "listen: :80\n" },
      ["a.yaml:1:1: this is no OpenAPI document: it has no field openapi (allowed: openapi: 3.0.x or openapi: 3.1.x)"],
    ],
    ["no operation", { "a.yaml": "openapi: 3.1.0\n" }, ["a.yaml:1:1: the document has no operations; write paths"]],
    [
      "a list",
      { "a.yaml": "- 1\n" },
      ["a.yaml:1:1: a list is not an OpenAPI document; write a mapping, such as openapi: 3.1.0"],
    ],
    [
      "a syntax error",
      { "a.json": '{"openapi": "3.1.0",\n "paths": {]}' },
      [expect.stringMatching(/^a\.json:2:\d+: /)],
    ],
    [
      "a path without a slash",
      { "a.yaml": `${START}  users: { get: {} }\n` },
      ["a.yaml:3:3 paths.users: users is not a path (allowed: a path that begins with a slash)"],
    ],
    [
      "a status",
      { "a.yaml": `${START}  /a: { get: { responses: { ok: {} } } }\n` },
      ["a.yaml:3:29 paths./a.get.responses.ok: ok is not a status (allowed: 200, 4XX or default)"],
    ],
    [
      "a type that does not exist",
      { "a.yaml": WRONG_TYPE },
      [
        `a.yaml:3:${WRONG_TYPE.indexOf("int }") - START.length + 1} paths./a.get.responses.200.content.application/json.schema.properties.id.type: must be equal to one of the allowed values (allowed: array, boolean, integer, null, number, object, string)`,
      ],
    ],
    [
      "an expression that is not valid",
      { "a.yaml": responseOf('{ pattern: "(" }') },
      [expect.stringMatching(/^a\.yaml:3:\d+ paths.*schema\.pattern: Invalid regular expression: .*$/)],
    ],
    [
      "a reference to nothing",
      { "a.yaml": responseOf('{ $ref: "#/components/schemas/Gone" }') },
      [expect.stringMatching(/^a\.yaml:3:\d+ paths.*schema\.\$ref: #\/components\/schemas\/Gone does not exist$/)],
    ],
    [
      "a reference to a file that does not exist, in another file",
      { "a.yaml": `${START}  /a: { $ref: b.yaml }\n`, "b.yaml": "get: { responses: { 200: { $ref: c.yaml } } }\n" },
      [expect.stringMatching(/^b\.yaml:1:\d+ get\.responses\.200\.\$ref: c\.yaml does not exist$/)],
    ],
    [
      "a reference to itself",
      { "a.yaml": `${START}  /a: { $ref: "#/paths/~1b" }\n  /b: { $ref: "#/paths/~1a" }\n` },
      ["a.yaml:3:7 paths./a: #/paths/~1b leads back to itself"],
    ],
    [
      "a URL",
      { "a.yaml": `${START}  /a: { $ref: "https://example.com/a.yaml" }\n` },
      [
        "a.yaml:3:15 paths./a.$ref: https://example.com/a.yaml is a URL, and only local files are read; download it, and refer to the file",
      ],
    ],
  ])("%s", (_, files, expected) => {
    expect(problems(files)).toEqual(expected);
  });
});

const versions = { primary: "http://127.0.0.1:9001", candidate: ["http://127.0.0.1:9002"] };
const openapi = join(import.meta.dirname, "../../../examples/openapi/calculator.yaml");

function errorOf(flags: Readonly<Record<string, string>>): string {
  try {
    loadWithWarnings({ flags: { ...versions, ...flags }, env: {} });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a configuration with a contract", () => {
  it("names endpoints by its operations after the configured ones, and watches its files", () => {
    const text = `contract: { openapi: ${openapi} }\ncompare: { endpoints: [/factor/one] }\n`;
    const loaded = loadWithWarnings({ file: { path: "a.yaml", text }, flags: versions, env: {} });
    const { compare, gate } = loaded.config;
    expect(compare.endpoints.slice(0, 2)).toEqual(["/factor/one", "POST /calculations"]);
    expect(compare.endpoints.slice(1)).toEqual(gate.operations);
    expect([compare.contract, loaded.documents]).toEqual([undefined, [openapi]]);
  });

  it("validates responses if that is configured, also by flags", () => {
    const flags = { ...versions, openapi, contractValidate: "true", contractBasePath: "/v2/" };
    const { compare } = loadWithWarnings({ flags, env: {} }).config;
    expect(compare.contract?.operations[0]?.endpoint).toBe("POST /v2/calculations");
  });

  it("says what is missing or cannot be read", () => {
    expect(errorOf({ contractValidate: "true" })).toBe(
      "--contract-validate: requires contract.openapi, the file (--openapi FILE)",
    );
    expect(errorOf({ openapi: "none.yaml" })).toBe("--openapi: none.yaml cannot be read: ENOENT");
    expect(errorOf({ openapi, contractBasePath: "v1" })).toBe(
      '--contract-base-path: "v1" is not a valid path (allowed: a path that begins with a slash, like /v1)',
    );
  });
});
