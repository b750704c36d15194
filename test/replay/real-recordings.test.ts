import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordedRequest } from "../../src/model/replay/recording.ts";
import { openRecording, type Recording } from "../../src/replay/open-recording.ts";
import { launchChromium } from "../e2e/chromium.ts";
import { startNginx, type Nginx } from "../integration/nginx.ts";
import { DEFAULTS, headerLines } from "./read-recorded.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/replay");

async function readFile(path: string): Promise<{ requests: RecordedRequest[]; recording: Recording }> {
  const recording = await openRecording([path], DEFAULTS);
  const requests: RecordedRequest[] = [];
  for await (const batch of recording.batches()) requests.push(...batch);
  return { requests, recording };
}

describe("an access log of nginx", () => {
  const FORMATS = `
    log_format vhost '$host:$server_port $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
    log_format timed '$remote_addr - $remote_user [$time_iso8601] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for" rt=$request_time';
  `;
  let nginx: Nginx;
  let folder: string;
  beforeAll(async () => {
    nginx = await startNginx(
      `access_log combined.log combined; access_log vhost.log vhost; access_log timed.log timed; location / { return 200 "ok\\n"; }`,
      FORMATS,
    );
    folder = join(nginx.root, "..");
    for (const text of REQUESTS) await sendRaw(Number(new URL(nginx.url).port), text);
  });
  afterAll(() => nginx.stop());

  const REQUESTS = [
    'GET /plain?a=b&c=%20d HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: a "b" \\ c\r\nReferer: http://x.example/?q=1\r\nConnection: close\r\n\r\n',
    "GET /caf\u00c3\u00a9/[x]|y HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n",
    "HEAD /head HTTP/1.1\r\nHost: shop.example\r\nAuthorization: Basic QW5uIExlZTpw\r\nConnection: close\r\n\r\n",
    "GET http://shop.example/absolute HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n",
    "POST /post HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n",
  ];

  it.each(["combined.log", "vhost.log", "timed.log"])("has the requests that it got: %s", async (name) => {
    const file = join(folder, name);
    await expect.poll(() => readFileSync(file, "latin1").split("\n").length).toBe(REQUESTS.length + 1);
    const before = Date.now();
    const { requests, recording } = await readFile(file);
    expect(recording.format).toBe("access-log");
    expect(requests.map(({ method, target, lane }) => [method, target, lane])).toEqual([
      ["GET", "/plain?a=b&c=%20d", "127.0.0.1"],
      ["GET", "/caf%C3%A9/[x]|y", "127.0.0.1"],
      ["HEAD", "/head", "127.0.0.1"],
      ["GET", "/absolute", "127.0.0.1"],
    ]);
    expect(recording.progress.skipped.method).toBe(1);
    expect(recording.progress.firstProblems).toEqual([
      { place: `${file}:6`, problem: expect.stringContaining("is not a request line") as string },
    ]);
    const host = name === "vhost.log" ? [`Host: shop.example:${new URL(nginx.url).port}`] : [];
    expect(requests.slice(0, 2).map(headerLines)).toEqual([
      [...host, String.raw`User-Agent: a "b" \ c`, "Referer: http://x.example/?q=1"],
      host,
    ]);
    for (const { at } of requests) expect(Math.abs((at ?? 0) - before)).toBeLessThan(3_600_000);
  });
});

describe("an access log of Apache httpd", () => {
  it("has the requests that it got", async () => {
    const { requests, recording } = await readFile(join(FIXTURES, "httpd-access.txt"));
    expect(requests.map(({ method, target, lane, at }) => [method, target, lane, at])).toEqual([
      ["GET", "/plain?a=b&c=%20d", "127.0.0.1", Date.UTC(2026, 10, 30, 23, 14, 17)],
      ["GET", "/caf%C3%A9/[x]|y", "127.0.0.1", Date.UTC(2026, 10, 30, 23, 14, 17, 333)],
      ["HEAD", "/head", "127.0.0.1", Date.UTC(2026, 10, 30, 23, 14, 17, 666)],
    ]);
    expect(requests.slice(0, 2).map(headerLines)).toEqual([
      ["Host: shop.example", String.raw`User-Agent: a "b" \ c`, "Referer: http://x.example/?q=1"],
      ["Host: shop.example"],
    ]);
    expect(recording.progress).toMatchObject({ broken: 1, skipped: { method: 1 } });
  });
});

describe("a HAR that Chromium has recorded", () => {
  it("has the requests that the site got", async () => {
    const folder = mkdtempSync(join(tmpdir(), "har-"));
    const file = join(folder, "site.har");
    const received: SentRequest[] = [];
    const server = createServer((request, response) => {
      void serve(request, response, received);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const browser = await launchChromium();
    const context = await browser.newContext({ recordHar: { path: file, content: "embed" } });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForSelector("body[data-done]");
    await context.close();
    await browser.close();
    server.close();
    const { requests, recording } = await readFile(file);
    rmSync(folder, { recursive: true });
    expect(recording.progress).toMatchObject({ broken: 0, filteredOut: 0 });
    expect(sentTexts(requests)).toEqual(sentTexts(received));
    expect(received.length).toBe(7);
    for (const request of requests) {
      expect(headerLines(request)).toContain(`Host: 127.0.0.1:${port}`);
      expect(request.lane).not.toBeNull();
    }
  });
});

describe("a recording of GoReplay", () => {
  it("has the requests that the server got; GoReplay does not keep their order", async () => {
    const { requests, recording } = await readFile(join(FIXTURES, "captured.gor"));
    expect(recording.format).toBe("gor");
    expect(recording.progress).toMatchObject({ broken: 0, read: 7, skipped: { response: 7 } });
    const received = JSON.parse(readFileSync(join(FIXTURES, "captured.json"), "utf8")) as { target: string }[];
    const read = requests.map(({ method, target, headers, body }) => {
      return { method, target, headers, body: body && Buffer.from(body).toString("base64") };
    });
    expect(read.toSorted(byTarget)).toEqual(received.toSorted(byTarget));
    const lanes = new Map(requests.map(({ target, lane }) => [target, lane]));
    expect(lanes.get("/one")).toBe(lanes.get("/two"));
    expect(new Set(lanes.values()).size).toBe(6);
  });
});

interface SentRequest {
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array | null;
}

function sentTexts(all: readonly SentRequest[]): string[] {
  return all
    .map(({ method, target, body }) => `${method} ${target} ${Buffer.from(body ?? []).toString("hex")}`)
    .toSorted();
}

function byTarget(one: { target: string }, other: { target: string }): number {
  return one.target < other.target ? -1 : 1;
}

/** Sends bytes, one character each, and waits for the end of the response. */
async function sendRaw(port: number, text: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text, "latin1");
  await buffer(socket);
}

const PAGE = `<!doctype html><link rel="icon" href="data:,"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="><script type="module">
  await fetch("/items?q=a b&r=ü");
  await fetch("/json", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: "é" }) });
  await fetch("/form", { method: "POST", body: new URLSearchParams({ "a b": "c&d" }) });
  await fetch("/text", { method: "PUT", body: "line\\nline" });
  await fetch("/head", { method: "HEAD" });
  await fetch("/delete", { method: "DELETE" });
  document.body.dataset.done = "";
</script>`;

async function serve(request: IncomingMessage, response: ServerResponse, received: SentRequest[]): Promise<void> {
  const { method = "", url: target = "" } = request;
  received.push({ method, target, body: await buffer(request) });
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(target === "/" ? PAGE : "ok");
}
