import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireTool } from "../tools/require-tool.ts";
import { startNginx, type Nginx } from "./nginx.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const run = promisify(execFile);
const BUILT = new Date("2026-01-01T00:00:00Z");
const HUNDRED_MB = 100 * 1024 * 1024;

const SERVER = `
  absolute_redirect off; gzip on; gzip_types application/json text/plain; gzip_min_length 1; etag on;
  location = /empty-204 { return 204; }
  location = /empty-401 { add_header WWW-Authenticate 'Basic realm="x"' always; return 401 ""; }
  location = /not-found { return 404 "gone\\n"; }
  location = /redirect { return 302 /small.json; }
  location /upload/ { dav_methods PUT; create_full_put_path on; }
  location = /two-cookies { add_header Set-Cookie "a=1; Path=/"; add_header Set-Cookie "b=2"; add_header X-MiXeD "CaSe"; return 200 "ok"; }
`;

/** Exchanges one raw request and collects every byte until the server closes. */
function raw(url: string, request: string): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(request, "latin1"));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => resolve(Buffer.concat(chunks)));
    socket.on("error", reject);
  });
}

/** Head lines without hop-by-hop fields and Date, and the body with chunked framing removed. */
function parse(response: Buffer): { head: string[]; body: Buffer } {
  const end = response.indexOf("\r\n\r\n");
  const lines = response.subarray(0, end).toString("latin1").split("\r\n");
  const chunked = lines.some((line) => /^transfer-encoding: *chunked$/i.test(line));
  const body = response.subarray(end + 4);
  const head = lines.filter((line) => !/^(connection|keep-alive|transfer-encoding|date):/i.test(line));
  return { head, body: chunked ? unchunk(body) : body };
}

function unchunk(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.subarray(at, lineEnd).toString("latin1"), 16);
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

describe("two nginx servers behind shadowdiff", () => {
  let primary: Nginx;
  let candidate: Nginx;
  let shadowdiff: Shadowdiff;
  let etag: string;
  const big = randomBytes(HUNDRED_MB);

  beforeAll(async () => {
    [primary, candidate] = await Promise.all([startNginx(SERVER), startNginx(SERVER)]);
    const binary = randomBytes(300_000);
    for (const { root } of [primary, candidate]) {
      writeFileSync(
        join(root, "small.json"),
        JSON.stringify({ items: Array.from({ length: 200 }, (_, id) => ({ id })) }),
      );
      writeFileSync(join(root, "binary.bin"), binary);
      writeFileSync(join(root, "packed.bin"), gzipSync(binary));
      writeFileSync(join(root, "empty.txt"), "");
      // ETag and Last-Modified depend on it, and both servers serve the same build.
      for (const name of readdirSync(root)) utimesSync(join(root, name), BUILT, BUILT);
    }
    writeFileSync(join(primary.root, "big.bin"), big);
    shadowdiff = await startShadowdiff({ args: ["--primary", primary.url, "--candidate", candidate.url] });
    const response = await fetch(`${primary.url}/small.json`, { headers: { "accept-encoding": "identity" } });
    etag = response.headers.get("etag") ?? "";
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    await Promise.all([primary?.stop(), candidate?.stop()]);
  });

  const cases: [string, string, (etag: string) => string][] = [
    ["JSON", "GET /small.json", () => ""],
    ["gzip, chunked by nginx", "GET /small.json", () => "Accept-Encoding: gzip\r\n"],
    ["binary", "GET /binary.bin", () => ""],
    ["a byte range", "GET /binary.bin", () => "Range: bytes=1000-1999\r\n"],
    ["an empty file", "GET /empty.txt", () => ""],
    ["204 without a body", "GET /empty-204", () => ""],
    ["401 with an empty body", "GET /empty-401", () => ""],
    ["304", "GET /small.json", (tag) => `If-None-Match: ${tag}\r\n`],
    ["HEAD", "HEAD /small.json", () => ""],
    ["404", "GET /not-found", () => ""],
    ["a redirect", "GET /redirect", () => ""],
    ["duplicate header fields in odd case", "GET /two-cookies", () => ""],
    ["a method that nginx refuses", "DELETE /small.json", () => ""],
  ];
  for (const [name, line, header] of cases) {
    it(`${name}: the client receives the same bytes as from a direct request`, async () => {
      // The same Host for both, because nginx uses it in redirects.
      const request = `${line} HTTP/1.1\r\nHost: service.test\r\n${header(etag)}Connection: close\r\n\r\n`;
      const [direct, through] = await Promise.all([raw(primary.url, request), raw(shadowdiff.proxy, request)]);
      expect(parse(through).head).toEqual(parse(direct).head);
      expect(sha256(parse(through).body)).toBe(sha256(parse(direct).body));
    });
  }

  it("a download of 100 MB is complete", async () => {
    const { stdout } = await run("bash", ["-c", `${requireTool("curl")} -sf ${shadowdiff.proxy}/big.bin | sha256sum`]);
    expect(stdout.split(" ")[0]).toBe(sha256(big));
  });

  it("an upload of 100 MB is complete at the primary, and does not reach the candidate", async () => {
    const file = join(primary.root, "big.bin");
    const args = ["-sf", "-o", "/dev/null", "-w", "%{http_code}", "-T", file, `${shadowdiff.proxy}/upload/copy.bin`];
    const { stdout } = await run(requireTool("curl"), args);
    expect(stdout).toBe("201");
    expect(sha256(readFileSync(join(primary.root, "upload/copy.bin")))).toBe(sha256(big));
    expect(() => statSync(join(candidate.root, "upload/copy.bin"))).toThrow("ENOENT");
  });

  it("the report shows the file that is missing at the candidate, and nothing else", async () => {
    const received = cases.length + 2;
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, received));
    expect(brokenInvariants(report)).toEqual([]);
    expect(report.accounting.received).toBe(received);
    // DELETE and PUT are not mirrored.
    expect(report.accounting.notMirrored).toEqual({ method: 2 });
    const differing = report.endpoints.filter(({ differed }) => differed > 0);
    expect(differing.map(({ endpoint }) => endpoint)).toEqual(["GET /big.bin"]);
    expect(differing[0]?.differences).toContainEqual(expect.objectContaining({ section: "status", count: 1 }));
  });

  it("wrk at full speed: no errors, and every request is accounted for", async () => {
    const { stdout } = await run(requireTool("wrk"), ["-t1", "-c32", "-d3s", `${shadowdiff.proxy}/small.json`]);
    expect(stdout).not.toMatch(/Socket errors|Non-2xx/);
    const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
    expect(requests).toBeGreaterThan(100);
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, requests));
    expect(brokenInvariants(report)).toEqual([]);
  });
});
