import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startNginx, type Nginx } from "./nginx.ts";
import { brokenInvariants, isAtRest, type Shadowdiff, startShadowdiff } from "./shadowdiff.ts";

const HANG_MS = 1_500;

interface Seen {
  readonly method: string;
  readonly host: string | undefined;
  readonly body: string;
}

/** A version of a service, which responds slowly to `/slow`. */
class Version {
  readonly seen: Seen[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(name: string): Promise<Version> {
    const version: Version = new Version(
      createServer((incoming, response) => {
        void version.#response(name, incoming, response);
      }),
    );
    version.#server.listen(0, "127.0.0.1");
    await once(version.#server, "listening");
    return version;
  }

  async #response(name: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const { method = "", url = "", headers } = incoming;
    this.seen.push({ method, host: headers.host, body });
    if (url === "/slow") await new Promise((resolve) => setTimeout(resolve, HANG_MS));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url, body: body.length, ...(url === "/differs" ? { name } : {}) }));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of message) text += String(chunk);
  return text;
}

describe("nginx that mirrors to a tap", () => {
  let production: Version;
  let primary: Version;
  let candidate: Version;
  let shadowdiff: Shadowdiff;
  let nginx: Nginx;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  async function ask(
    path: string,
    method = "GET",
    body = "",
  ): Promise<{ readonly status: number; readonly text: string }> {
    const sent = request(`${nginx.url}${path}`, { method, agent, headers: { "content-length": body.length } });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, text: await bodyOf(response) };
  }

  beforeAll(async () => {
    [production, primary, candidate] = (await Promise.all(["v1", "v1", "v2"].map((name) => Version.start(name)))) as [
      Version,
      Version,
      Version,
    ];
    const versions = ["--primary", primary.url, "--candidate", candidate.url];
    shadowdiff = await startShadowdiff({ args: [...versions, "--tap", "--tap-method", "GET", "--tap-method", "POST"] });
    nginx = await startNginx(`
      location / { mirror /tap; proxy_pass ${production.url}; }
      location = /tap {
        internal; proxy_pass ${shadowdiff.proxy}$request_uri; proxy_set_header Host $host-shadow:8080;
      }
    `);
  });
  afterAll(async () => {
    agent.destroy();
    await nginx?.stop();
    await shadowdiff?.stop();
    await Promise.all([production, primary, candidate].map((version) => version?.stop()));
  });

  it("compares the responses of primary and candidate to the copies, without a change for clients", async () => {
    for (let round = 0; round < 20; round += 1) {
      expect(await ask(`/same?round=${round}`)).toEqual({
        status: 200,
        text: `{"url":"/same?round=${round}","body":0}`,
      });
    }
    expect(await ask("/differs")).toEqual({ status: 200, text: '{"url":"/differs","body":0,"name":"v1"}' });
    expect((await ask("/upload", "POST", "x".repeat(300_000))).text).toBe('{"url":"/upload","body":300000}');
    expect((await ask("/", "DELETE")).status).toBe(200);
    const report = await shadowdiff.reportWhere((last) => isAtRest(last, 23));
    expect(brokenInvariants(report)).toEqual([]);
    expect(report.accounting).toMatchObject({
      received: 23,
      mirrored: 22,
      compared: 22,
      matched: 21,
      differed: 1,
      notMirrored: { method: 1 },
    });
    expect(primary.seen.filter(({ method }) => method === "DELETE")).toEqual([]);
    expect(primary.seen.find(({ method }) => method === "POST")?.body).toBe("x".repeat(300_000));
    // $host of nginx is the name without the port.
    expect(new Set([...primary.seen, ...candidate.seen].map(({ host }) => host))).toEqual(new Set(["127.0.0.1:8080"]));
    // Threads send their metrics once a second.
    await vi.waitFor(
      async () => expect(await shadowdiff.metric("shadowdiff_requests_total", { code: "202" })).toBe(23),
      5_000,
    );
  });

  it("does not delay the next request on the client's connection while primary and candidate are slow", async () => {
    const before = performance.now();
    const slowProduction = HANG_MS;
    await ask("/slow");
    expect((await ask("/same")).status).toBe(200);
    // Production is slow once. If nginx waited for the mirror, its time would be added.
    expect(performance.now() - before).toBeLessThan(slowProduction * 2);
    const report = await shadowdiff.reportWhere((last) => isAtRest(last, 25));
    expect(report.accounting).toMatchObject({ received: 25, matched: 23 });
  });

  it("counts exchanges as skipped when the primary is down, and clients do not notice", async () => {
    await primary.stop();
    expect((await ask("/same")).status).toBe(200);
    const report = await shadowdiff.reportWhere((last) => isAtRest(last, 26));
    expect(report.accounting.skipped).toEqual(expect.objectContaining({ "primary-failed": 1 }));
  });
});
