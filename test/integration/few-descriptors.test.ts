import { once } from "node:events";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { connect } from "node:tls";
import { afterEach, beforeAll, afterAll, describe, expect, it } from "vitest";
import { RawClient } from "../proxy/proxy-harness.ts";
import { requireTool } from "../tools/require-tool.ts";
import { TestAuthority } from "../tools/certificates.ts";
import { brokenInvariants, type Shadowdiff, startShadowdiff } from "./shadowdiff.ts";
import { stopServers, urlOf } from "./echo.ts";

const LIMIT = 200;
/** With mirroring they need 180 descriptors, without it 120. */
const CLIENTS = 60;
const GET = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

/** Responses to /held wait until it is resolved. */
let hold = Promise.withResolvers<void>();
const HELD = GET.replace("/x", "/held");
const server = createServer(async (req, res) => {
  if (req.url === "/hang") return;
  if (req.url === "/held") await hold.promise;
  res.end("ok");
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
const authority = new TestAuthority();
afterAll(() => {
  stopServers([server]);
  authority.remove();
});

const stops: (() => unknown)[] = [];
afterEach(async () => {
  hold.resolve();
  hold = Promise.withResolvers();
  for (const stop of stops.splice(0)) await stop();
});

async function start(...args: string[]): Promise<Shadowdiff> {
  return startLimited(LIMIT, ...args);
}

async function startLimited(limit: number, ...args: string[]): Promise<Shadowdiff> {
  const url = urlOf(server);
  const shadowdiff = await startShadowdiff({
    args: ["--primary", url, "--candidate", url, ...args],
    // The hard limit too: Node raises the soft one.
    before: `ulimit -n ${limit}`,
  });
  stops.push(() => shadowdiff.stop());
  return shadowdiff;
}

const portOf = (url: string): number => Number(new URL(url).port);

async function open(shadowdiff: Shadowdiff, count: number, text: string): Promise<RawClient[]> {
  const port = portOf(shadowdiff.proxy);
  const clients = await Promise.all(Array.from({ length: count }, async () => RawClient.open(port)));
  for (const client of clients) client.send(text);
  stops.unshift(() => {
    for (const client of clients) client.close();
  });
  return clients;
}

/** The status codes that clients have received; 0 for one whose connection ended without a response. */
async function statusesOf(clients: readonly RawClient[]): Promise<number[]> {
  return Promise.all(
    clients.map(async (client) => {
      const text = await client.until((all) => all.includes("\r\n\r\n")).catch(() => client.text);
      return Number(text.split(" ")[1] ?? 0);
    }),
  );
}

const isRefused = ({ text }: RawClient): boolean => text.startsWith("HTTP/1.1 503");
const countOpen = (clients: readonly RawClient[]): number =>
  clients.filter(({ socket }) => !socket.destroyed && !socket.readableEnded).length;

describe("with few file descriptors", () => {
  it("copies are dropped and counted, and every client is served; the limit is logged and measured", async () => {
    const shadowdiff = await start();
    const clients = await open(shadowdiff, CLIENTS, HELD);
    const countDropped = async () => shadowdiff.metric("shadowdiff_mirror_dropped_total", { reason: "descriptors" });
    await expect.poll(countDropped).toBeGreaterThan(0);
    hold.resolve();
    expect(await statusesOf(clients)).toEqual(clients.map(() => 200));
    const report = await shadowdiff.reportWhere(
      ({ accounting: { received, inFlight } }) => received === CLIENTS && inFlight === 0,
    );
    const { dropped, differed } = report.accounting;
    expect([brokenInvariants(report), Object.keys(dropped), differed]).toEqual([[], ["descriptors"], 0]);
    await expect.poll(countDropped).toBe(dropped.descriptors);
    expect(await shadowdiff.metric("process_max_fds")).toBe(LIMIT);
    expect(shadowdiff.stderr()).toMatch(/the limit of open files is 200, enough for about \d\d clients at a time/);
  });

  it("idle clients make room for new ones", async () => {
    const shadowdiff = await start("--percent", "0");
    for (let round = 0; round < 5; round += 1) {
      const clients = await open(shadowdiff, 50, GET);
      expect(await statusesOf(clients)).toEqual(clients.map(() => 200));
    }
  });

  it("new clients get a 503, the admin listener can be reached, and requests in flight get their responses", async () => {
    const shadowdiff = await start("--percent", "0");
    const served = await open(shadowdiff, 30, HELD);
    const hung = await open(shadowdiff, 60, GET.replace("/x", "/hang"));
    const refused = await open(shadowdiff, 10, GET);
    await expect.poll(() => refused.some(isRefused)).toBe(true);
    expect((await fetch(`${shadowdiff.admin}/livez`)).status).toBe(200);
    hold.resolve();
    expect(await statusesOf(served)).toEqual(served.map(() => 200));
    expect(await statusesOf(refused)).toContain(503);
    expect(refused.find(({ text }) => text.startsWith("HTTP/1.1 503"))?.text).toContain("Retry-After: 1");
    for (const client of hung) client.socket.resetAndDestroy();
    const next = async (): Promise<number[]> => statusesOf(await open(shadowdiff, 1, GET));
    await expect.poll(next).toEqual([200]);
  });

  it("clients that send nothing make room for new ones, which get a 503 until then, and no reset", async () => {
    const shadowdiff = await start("--percent", "0");
    const silent = await open(shadowdiff, 150, "");
    const next = async (): Promise<number[]> => {
      const statuses = await statusesOf(await open(shadowdiff, 20, GET));
      expect([200, 503]).toEqual(expect.arrayContaining(statuses));
      return statuses;
    };
    await expect.poll(next).toEqual(Array.from({ length: 20 }, () => 200));
    expect(countOpen(silent)).toBeLessThan(150);
  });

  it("requests of clients that stay connected leave the last descriptors to the admin listener", async () => {
    const shadowdiff = await start("--percent", "0");
    const clients: RawClient[] = [];
    for (let round = 0; round < 3; round += 1) {
      const opened = await open(shadowdiff, 30, GET);
      expect(await statusesOf(opened)).toEqual(opened.map(() => 200));
      clients.push(...opened);
    }
    const [line, host] = GET.replace("/x", "/hang").split("\r\n");
    for (const client of clients) {
      client.received = Buffer.alloc(0);
      // Not idle any more.
      client.send(`${line}\r\n`);
    }
    expect(await statusesOf(await open(shadowdiff, 1, GET))).toEqual([200]);
    for (const client of clients) client.send(`${host}\r\n\r\n`);
    // Those with a connection to the primary hang.
    await expect.poll(() => clients.filter(isRefused).length).toBeGreaterThan(0);
    expect(clients.find(isRefused)?.text).toContain("Retry-After: 1");
    expect((await fetch(`${shadowdiff.admin}/livez`)).status).toBe(200);
  });

  it("idle clients make room as soon as the limit is lowered below the descriptors in use", async () => {
    const shadowdiff = await startLimited(1_024, "--percent", "0");
    const silent = await open(shadowdiff, 200, "");
    execFileSync(requireTool("prlimit"), ["--pid", String(shadowdiff.process.pid), "--nofile=128:128"]);
    await expect.poll(() => countOpen(silent)).toBeLessThan(80);
    // While the last of them are being closed, a new client may still get a 503.
    const next = async (): Promise<number[]> => statusesOf(await open(shadowdiff, 15, GET));
    await expect.poll(next).toEqual(Array.from({ length: 15 }, () => 200));
    expect((await fetch(`${shadowdiff.admin}/livez`)).status).toBe(200);
  });

  it("TLS clients that do not begin their handshake make room for others", async () => {
    const { certFile, keyFile } = authority.issue("few", "DNS:localhost,IP:127.0.0.1");
    const shadowdiff = await start("--percent", "0", "--listen-tls-cert", certFile, "--listen-tls-key", keyFile);
    const silent = await open(shadowdiff, 150, "");
    const next = async (): Promise<string> => {
      const socket = connect({ port: portOf(shadowdiff.proxy), host: "127.0.0.1", rejectUnauthorized: false });
      socket.on("error", () => {}).write(GET);
      const [text] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as [unknown];
      socket.destroy();
      return String(text).slice(0, 12);
    };
    await expect
      .poll(async () => Promise.all(Array.from({ length: 20 }, next)))
      .toEqual(Array.from({ length: 20 }, () => "HTTP/1.1 200"));
    expect(countOpen(silent)).toBeGreaterThan(80);
  });
});
