import { readFileSync, readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { basename, dirname } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frame, bytes } from "../body/parsers/protobuf-messages.ts";
import { listening, stopServers, urlOf } from "../../integration/echo.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "../../integration/shadowdiff.ts";
import { CANARY_BODIES } from "./canary-bodies.ts";

type Version = "old" | "new";

/** One exchange with a secret in it; each version has its own secrets. */
interface Canary {
  readonly name: string;
  readonly target?: (word: string, random: string) => string;
  readonly requestHeaders?: (word: string, random: string) => Record<string, string>;
  readonly headers?: (word: string, random: string) => Record<string, string | string[]>;
  readonly type?: string;
  readonly body?: (word: string, random: string) => string | Buffer;
}

const MESSAGES: readonly Canary[] = [
  { name: "reset link", target: (_, random) => `/reset-password/${random}` },
  { name: "token in a path", target: (_, random) => `/api/token/${random}/refresh` },
  { name: "invitation", target: (_, random) => `/invite/${random}` },
  { name: "encoded path", target: (_, random) => `/reset%2Dpassword/${random}` },
  { name: "query", target: (word) => `/search?q=1&api_key=${word}` },
  { name: "nested query", target: (word) => `/search?next=%2Fa%3Ftoken%3D${word}` },
  { name: "path parameter", target: (word) => `/list;jsessionid=${word}?a=1` },
  { name: "fragment-like query", target: (word) => `/cb?x#access_token=${word}` },
  { name: "request headers", requestHeaders: (word) => ({ cookie2: word, "x-cookie": `a=${word}`, "x-auth": word }) },
  { name: "WebSocket protocols", headers: (word) => ({ "sec-websocket-protocol": `bearer, ${word}`, "x-csrf": word }) },
  { name: "query with a plus", target: (word) => `/search?pass+word=${word}` },
  { name: "authorization", requestHeaders: (word) => ({ authorization: `Bearer ${word}`, "x-api-key": word }) },
  {
    name: "referer",
    requestHeaders: (word, random) => ({ referer: `https://bob:${word}@h/reset-password/${random}` }),
  },
  { name: "location", headers: (_, random) => ({ location: `https://h/reset-password/${random}?a=1` }) },
  {
    name: "location with user",
    headers: (word) => ({ location: `https://bob:a/${word}@h/x`, link: `<//u:${word}@h/>` }),
  },
  {
    name: "cookies",
    headers: (word) => ({ "set-cookie": [`sid=${word}; Path=/`, `b=${word}`], "set-cookie2": `c=${word}` }),
  },
  { name: "echoed header", headers: (word) => ({ "x-echo": `password=${word}; a="token: ${word}"` }) },
  { name: "gRPC status", headers: (word) => ({ "grpc-status-details-bin": Buffer.from(word).toString("base64") }) },
  { name: "gRPC message", headers: (word) => ({ "grpc-message": `invalid%20token%3A%20${word}` }) },
  {
    name: "multipart, extended name",
    type: "multipart/form-data; boundary=B",
    body: (word) => `--B\r\nContent-Disposition: form-data; name*=utf-8''pass%77ord\r\n\r\n${word}\r\n--B--\r\n`,
  },
  {
    name: "multipart, mixed",
    type: "multipart/mixed; boundary=B",
    body: (word) => `--B\r\nContent-Disposition: attachment; name="token"\r\n\r\n${word}\r\n--B--\r\n`,
  },
  {
    name: "multipart, Base64",
    type: "multipart/mixed; boundary=B",
    body: (word) =>
      `--B\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(`password=${word}`).toString("base64")}\r\n--B--\r\n`,
  },
  {
    name: "gRPC-Web trailers",
    type: "application/grpc-web",
    body: (word) => {
      const trailers = Buffer.from(`grpc-status: 16\r\ngrpc-message: token=${word}\r\nx-token: ${word}\r\n`);
      return Buffer.concat([Buffer.from([0x80, 0, 0, 0, trailers.length]), trailers]);
    },
  },
  { name: "gRPC", type: "application/grpc", body: (word) => frame(bytes(4, `password: ${word}`)) },
];

const BODIES: readonly Canary[] = CANARY_BODIES.map(([name, type, body]) => ({ name, type, body }));
const CANARIES: readonly Canary[] = [...MESSAGES, ...BODIES];

/** Letters only, so that they look like words and no endpoint becomes a parameter. */
const letters = (index: number): string => String.fromCodePoint(97 + Math.floor(index / 26), 97 + (index % 26));
const word = (index: number, version: Version): string => `canary${letters(index)}${version}`;
const random = (index: number, version: Version): string => `cn0ry${letters(index)}7q${version}`;
const pathOf = (index: number): string => `/of${letters(index)}`;

/** Responds to the canary that the request names. */
function respond(version: Version, req: IncomingMessage, res: ServerResponse): void {
  const index = Number(req.headers["x-index"]);
  const { headers, type, body } = CANARIES[index] as Canary;
  const secrets = [word(index, version), random(index, version)] as const;
  for (const [name, value] of Object.entries(headers?.(...secrets) ?? {})) res.setHeader(name, value);
  if (type !== undefined) res.setHeader("content-type", type);
  res.end(body?.(...secrets) ?? version);
}

/** Everything that the program shows and stores, as text. */
let shown = "";
let shadowdiff: Shadowdiff;

async function read(path: string): Promise<string> {
  return (await fetch(shadowdiff.admin + path)).text();
}

/** One after another: the admin listener bounds its connections. */
async function readAll(paths: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const path of paths) texts.push(await read(path));
  return texts;
}

async function readAdmin(): Promise<string> {
  const { endpoints } = await shadowdiff.report();
  const lists = endpoints.map(({ endpoint }) => `/api/v1/samples?endpoint=${encodeURIComponent(endpoint)}`);
  const listed = await readAll(lists);
  const ids = listed.flatMap((list) => (JSON.parse(list) as { samples: { id: string }[] }).samples).map(({ id }) => id);
  expect(ids.length).toBeGreaterThanOrEqual(CANARIES.length - 2);
  const roles = ["primary", "candidate"];
  const paths = [
    "/",
    "/metrics",
    "/healthz",
    ...[
      "report",
      "report?format=markdown",
      "latency",
      "samples?limit=200",
      "runs",
      "rules",
      "reviews",
      "audit",
      "status",
    ].map((path) => `/api/v1/${path}`),
    ...ids.flatMap((id) => [
      `/api/v1/samples/${id}`,
      ...roles.map((role) => `/api/v1/samples/${id}/body?role=${role}`),
    ]),
  ];
  return [...listed, ...(await readAll(paths))].join("\n");
}

/** The files of the database, and the compressed bodies in its tables. */
function readStore(): string {
  const folder = dirname(shadowdiff.store);
  const name = basename(shadowdiff.store);
  const files = readdirSync(folder).filter((file) => file.startsWith(name));
  const raw = files.map((file) => readFileSync(`${folder}/${file}`, "latin1")).join("\n");
  const database = new Database(shadowdiff.store, { readonly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
  const cells = tables
    .flatMap((table) => database.prepare(`SELECT * FROM "${table}"`).raw().all() as unknown[][])
    .flat();
  database.close();
  return raw + cells.map((cell) => (cell instanceof Uint8Array ? unpacked(cell) : String(cell))).join("\n");
}

function unpacked(blob: Uint8Array): string {
  try {
    return zstdDecompressSync(blob).toString();
  } catch {
    return Buffer.from(blob).toString("latin1");
  }
}

beforeAll(async () => {
  const [primary, candidate] = await Promise.all([
    listening(createServer((req, res) => respond("old", req, res))),
    listening(createServer((req, res) => respond("new", req, res))),
  ]);
  shadowdiff = await startShadowdiff({
    // One endpoint for each canary.
    args: ["--primary", urlOf(primary), "--candidate", urlOf(candidate), "--compare-max-segment-values", "0"],
  });
  for (const [index, { target, requestHeaders }] of CANARIES.entries()) {
    const secrets = [word(index, "old"), random(index, "old")] as const;
    const headers = { "x-index": String(index), ...requestHeaders?.(...secrets) };
    await fetch(shadowdiff.proxy + (target?.(...secrets) ?? pathOf(index)), { headers, redirect: "manual" });
  }
  await shadowdiff.reportWhere((report) => isAtRest(report, CANARIES.length));
  shown = await readAdmin();
  shown += readStore();
  await shadowdiff.stop();
  shown += readStore() + shadowdiff.stderr();
  stopServers([primary, candidate]);
});

afterAll(() => shadowdiff?.stop());

describe("the program neither stores nor shows the secret of", () => {
  it.each(CANARIES.map(({ name }, index) => [name, index] as const))("%s", (_, index) => {
    for (const version of ["old", "new"] as const) {
      expect(shown.includes(word(index, version))).toBe(false);
      expect(shown.includes(random(index, version))).toBe(false);
    }
  });

  it("values that are not secret are shown, so the search itself works", () => {
    expect(shown).toContain("[redacted:");
    expect(shown).toContain("GET /reset-password/{id}");
    expect(shown).toContain(`GET ${pathOf(MESSAGES.length)}`);
  });
});
