import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { TestAuthority } from "../tools/certificates.ts";
import { launchChromium, openPage, type WatchedPage } from "./chromium.ts";

const PAGE = "<!doctype html><title>shop</title><link rel=icon href=data:,><h1>Shop</h1>";

/** A version of a small shop: a page, an echo, an event stream and a WebSocket. */
class Shop {
  readonly seen: string[] = [];
  /** Field names of WebSocket handshakes, as received. */
  readonly upgrades: string[][] = [];
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  constructor(version: string) {
    this.#server = createServer((request, response) => this.#respond(request, response, version));
    this.#sockets = new WebSocketServer({ server: this.#server, perMessageDeflate: true });
    this.#sockets.on("connection", (socket, request) => {
      this.upgrades.push(request.rawHeaders.filter((_, index) => index % 2 === 0));
      socket.on("message", (data) => socket.send(`${version}:${(data as Buffer).toString()}`));
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #respond(request: IncomingMessage, response: ServerResponse, version: string): void {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += String(chunk)));
    request.on("end", () => {
      this.seen.push(`${request.method} ${request.url} ${body}`.trim());
      if (request.url === "/events") {
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (const count of [1, 2, 3]) response.write(`data: ${version} ${count}\n\n`);
      } else if (request.method === "POST") response.setHeader("content-type", "application/json").end(body);
      else response.setHeader("content-type", "text/html").end(PAGE);
    });
  }
}

const [primary, candidate] = [new Shop("v1"), new Shop("v2")];
const authority = new TestAuthority();
const directory = mkdtempSync(join(tmpdir(), "http2-"));
let browser: Browser;
let watched: WatchedPage;
let shadowdiff: Shadowdiff;
beforeAll(async () => {
  const { certFile, keyFile } = authority.issue("shop", "IP:127.0.0.1");
  const config = join(directory, "shadowdiff.yaml");
  writeFileSync(
    config,
    `listenTls: { cert: ${certFile}, key: ${keyFile} }
subsets:
  v1: { url: ${await primary.start()} }
  v2: { url: ${await candidate.start()} }
routes:
  - name: shop
    primary: [{ subset: v1 }]
    candidates: [{ subset: v2, methods: [GET, POST] }]
`,
  );
  [shadowdiff, browser] = await Promise.all([startShadowdiff({ args: ["--config", config] }), launchChromium()]);
  watched = await openPage(browser, { ignoreHTTPSErrors: true });
  await watched.page.goto(shadowdiff.proxy);
});
afterAll(async () => {
  await browser?.close();
  await shadowdiff?.stop();
  primary.stop();
  candidate.stop();
  authority.remove();
  rmSync(directory, { recursive: true });
});

/** Runs a script in the page. A string, because the tests are compiled without the types of a browser. */
async function inPage(body: string): Promise<unknown> {
  return watched.page.evaluate(`(async () => { ${body} })()`);
}

describe("Chromium over HTTPS", () => {
  it("loads the page over HTTP/2", async () => {
    expect(await watched.page.title()).toBe("shop");
    expect(await inPage(`return performance.getEntriesByType("navigation")[0].nextHopProtocol`)).toBe("h2");
  });

  it("posts, and receives the primary's response", async () => {
    const script = `return (await fetch("/echo", { method: "POST", body: '{"n":1}' })).text()`;
    expect(await inPage(script)).toBe('{"n":1}');
  });

  it("receives server-sent events one by one", async () => {
    const script = `
      const source = new EventSource("/events");
      const texts = [];
      return new Promise((resolve) => (source.onmessage = ({ data }) => {
        texts.push(data);
        if (texts.length < 3) return;
        source.close();
        resolve(texts);
      }));`;
    expect(await inPage(script)).toEqual(["v1 1", "v1 2", "v1 3"]);
  });

  it("opens a compressed WebSocket on the same HTTP/2 connection, and closes it", async () => {
    const script = `
      const socket = new WebSocket(location.origin.replace("https", "wss") + "/chat");
      return new Promise((resolve) => {
        let text = "";
        socket.onopen = () => socket.send("hello ".repeat(1_000));
        socket.onmessage = ({ data }) => { text = data; socket.close(4_001, "bye"); };
        socket.onclose = ({ code, wasClean }) => resolve([text, socket.extensions, code, wasClean]);
      });`;
    expect(await inPage(script)).toEqual([`v1:${"hello ".repeat(1_000)}`, "permessage-deflate", 4_001, true]);
    // Chromium capitalizes field names over HTTP/1.1; HTTP/2 allows lower case only.
    expect(primary.upgrades).toHaveLength(1);
    expect(primary.upgrades[0]).toContain("sec-websocket-version");
  });

  it("mirrors every request except the WebSocket to the candidate", async () => {
    const requests = ["GET /", 'POST /echo {"n":1}', "GET /events"];
    await expect.poll(() => candidate.seen.toSorted()).toEqual(requests.toSorted());
    expect(primary.seen).toEqual(requests);
    expect(candidate.upgrades).toEqual([]);
    const { accounting } = await shadowdiff.reportWhere(
      ({ accounting: { received, mirrored, compared, skipped } }) =>
        received === 4 && mirrored === 3 && compared === 2 && skipped["client-aborted"] === 1,
    );
    expect(accounting).toMatchObject({
      received: 4,
      notMirrored: { upgrade: 1 },
      mirrored: 3,
      compared: 2,
      matched: 2,
      differed: 0,
      // The page closed the event stream.
      skipped: { "client-aborted": 1 },
    });
    expect(watched.complaints).toEqual([]);
  });
});
