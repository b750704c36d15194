import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runReplay, type ReplayFlags } from "../../../src/commands/replay/run-replay.ts";
import type { Report } from "../../../src/model/report.ts";
import { brokenInvariants } from "../../integration/shadowdiff.ts";
import { freePort } from "../../tools/free-port.ts";
import { startProgram } from "../run-program.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly host: string | undefined;
  readonly body: string;
}

/** A version of a service, which remembers its requests. */
class Version {
  readonly seen: Seen[] = [];
  readonly server: Server;
  /** Requests in flight, and the most of them at once. */
  inFlight = 0;
  peak = 0;
  /** Responses wait until it is called. */
  release: Promise<void> | undefined;

  constructor(name: string) {
    this.server = createServer(async (request, response) => {
      this.inFlight += 1;
      this.peak = Math.max(this.peak, this.inFlight);
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const { method = "", url = "", headers } = request;
      this.seen.push({ method, url, host: headers.host, body });
      await this.release;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ url, body: body.length, ...(url.startsWith("/differs") ? { name } : {}) }));
      this.inFlight -= 1;
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  reset(): void {
    this.seen.length = 0;
    this.peak = 0;
    this.release = undefined;
  }
}

const folder = mkdtempSync(join(tmpdir(), "shadowdiff-replay-"));
const versions = ["v1", "v2", "v1"].map((name) => new Version(name)) as [Version, Version, Version];
const [primary, candidate, secondary] = versions;
let stores = 0;

beforeAll(async () => {
  for (const { server } of versions) await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => {
  for (const version of versions) version.reset();
});
afterAll(() => {
  for (const { server } of versions) server.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A line of nginx's combined format. */
function line(client: string, target: string, second = 0, method = "GET"): string {
  const time = `30/Nov/2026:10:00:${String(second).padStart(2, "0")} +0000`;
  return `${client} - - [${time}] "${method} ${target} HTTP/1.1" 200 12 "-" "test"\n`;
}

/** A HAR with one request of each method. */
function recordedMethods(name: string, methods: readonly string[]): string {
  const entries = methods.map((method) => ({
    startedDateTime: "2026-11-30T10:00:00.000Z",
    request: {
      method,
      url: "http://shop.example/cart",
      httpVersion: "HTTP/1.1",
      headers: [{ name: "Host", value: "shop.example" }],
      ...(method === "POST" ? { postData: { mimeType: "text/plain", text: "two shirts" } } : {}),
    },
    response: { status: 200 },
  }));
  return file(name, JSON.stringify({ log: { version: "1.2", entries } }));
}

function storeFile(): string {
  stores += 1;
  return join(folder, `${stores}.db`);
}

/** What a report can prove with few requests in a second. */
const GATE = {
  gateMinCompared: "10",
  gateParity: "0.5",
  gateLatencyRatio: "1000",
  gateP95Ratio: "1000",
  gateP99Ratio: "1000",
};

async function replay(files: readonly string[], flags: Readonly<Record<string, unknown>> = {}) {
  let [out, err] = ["", ""];
  const all = {
    recordingFormat: "auto",
    format: "json",
    store: storeFile(),
    primary: primary.url,
    candidate: [candidate.url],
    secondary: secondary.url,
    ...GATE,
    ...flags,
  } as unknown as ReplayFlags;
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runReplay(files, all, io, {});
  const report = out === "" ? undefined : (JSON.parse(out) as Report);
  return { code, err, report, accounting: report?.accounting, store: String(all["store"]) };
}

function targetsOf({ seen }: Version, prefix: string): readonly string[] {
  return seen.map(({ url }) => url).filter((url) => url.startsWith(prefix));
}

describe("a replay", () => {
  it("sends each request to every version in the order of its client, compares all, and exits with the verdict", async () => {
    const clients = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
    const orders = clients.map((_, client) => Array.from({ length: 40 }, (_unused, index) => `/c${client}/${index}`));
    const lines =
      orders[0]?.flatMap((_, index) => orders.map((own, at) => line(clients[at] ?? "", own[index] ?? ""))) ?? [];
    const log = file(
      "access.log",
      `${lines.slice(0, 50).join("")}this is no log line\n${lines.slice(50).join("")}${line("10.0.0.9", "/write", 0, "POST")}`,
    );
    const { code, err, report, accounting } = await replay([log], { concurrency: 8 });
    // In so short a time, a busy machine can leave latencies undecided, but never finds a difference.
    expect([0, 3]).toContain(code);
    expect(code === 0).toBe(report?.verdict === "pass");
    expect(accounting).toMatchObject({ received: 120, mirrored: 120, compared: 120, matched: 120, noiseCompared: 120 });
    expect(report === undefined ? ["no report"] : brokenInvariants(report)).toEqual([]);
    for (const version of versions) {
      for (const [client, own] of orders.entries()) expect(targetsOf(version, `/c${client}/`)).toEqual(own);
      // Without a Host in the recording, all versions get the primary's.
      expect(new Set(version.seen.map(({ host }) => host))).toEqual(new Set([new URL(primary.url).host]));
      expect(version.peak).toBeLessThanOrEqual(clients.length);
    }
    expect(err).toMatch(
      /^replayed 120 requests in .*\n {2}skipped: 1 record with .*\n {2}unreadable: 1 record\n {4}.*access\.log:51: /,
    );
  });

  it("fails when the candidate differs, and repeats the recording as often as wanted", async () => {
    const urls = file("urls.txt", "/differs/1\n/differs/2\n");
    // The secondary proves over time that the difference is no noise.
    const { code, accounting } = await replay([urls], { loop: 75, rate: 100, gateParity: "0.9" });
    expect(accounting).toMatchObject({ received: 150, compared: 150, matched: 0, differed: 150 });
    expect(code).toBe(1);
  });

  it("sends writes only if a method is named, with their bodies, and says what it did not send", async () => {
    const har = recordedMethods("session.har", ["GET", "POST", "DELETE"]);
    const { accounting, err } = await replay([har], {
      method: ["GET,POST"],
      setHeader: ["Host: test.example"],
      candidateHost: "candidate.example",
    });
    expect(accounting).toMatchObject({ received: 3, mirrored: 2, compared: 2, notMirrored: { method: 1 } });
    const remedy = "a write happens on every version: --method GET,POST,DELETE";
    expect(err).toMatch(new RegExp(`^replayed 2 requests in .*\n {2}not sent: 1 DELETE request; ${remedy}\n$`));
    for (const [seen, host] of [
      [primary.seen, "test.example"],
      [candidate.seen, "candidate.example"],
    ] as const) {
      expect(seen.toSorted((one, other) => one.method.localeCompare(other.method))).toEqual([
        { method: "GET", url: "/cart", host, body: "" },
        { method: "POST", url: "/cart", host, body: "two shirts" },
      ]);
    }
  });

  it("repeats the recording until its time is over, and exits with 2 when no method of it is sent", async () => {
    const har = recordedMethods("writes.har", ["POST", "no method", "CONNECT"]);
    const { code, err, report } = await replay([har], { duration: 500 });
    const [, count] =
      /^ {2}not sent: (\S+) POST requests; a write .*: --method GET,HEAD,OPTIONS,POST$/m.exec(err) ?? [];
    expect(Number(count?.replaceAll(",", ""))).toBeGreaterThan(1);
    expect(err).toMatch(/^replayed 0 requests in .*\n/);
    // Passes that are read ahead do not count.
    expect(err).toMatch(/^ {2}skipped: 1 record with .*, in each pass$/m);
    expect(err).toContain("  unreadable: 1 record in each pass\n");
    expect(err).toMatch(/\nno request was sent, so there is no report\n$/);
    expect([code, report]).toEqual([2, undefined]);
    for (const { seen } of versions) expect(seen).toEqual([]);
  });

  it("drops no copy: a candidate that is down differs in every exchange, whatever its limits for live traffic are", async () => {
    const urls = file("many.txt", Array.from({ length: 60 }, (_, index) => `/${index}\n`).join(""));
    const { code, err, accounting } = await replay([urls], {
      candidate: [`http://127.0.0.1:${await freePort()}`],
      concurrency: 20,
    });
    expect(accounting).toMatchObject({ received: 60, compared: 60, differed: 60, dropped: {} });
    expect(code).toBe(1);
    expect(err).toMatch(/^warn: the candidate is down: connection refused at /);
  });

  it("exits with 2 soon when the primary cannot be reached, without a report", async () => {
    const urls = file("endless.txt", "/a\n/b\n");
    const unreachable = await replay([urls], { primary: `http://127.0.0.1:${await freePort()}`, loop: 1_000_000 });
    expect(unreachable.code).toBe(2);
    expect(unreachable.report).toBeUndefined();
    expect(unreachable.err).toMatch(/\nthe primary does not respond: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    const [, sent = ""] = /^replayed (\S+) requests/m.exec(unreachable.err) ?? [];
    expect(Number(sent)).toBeLessThan(50);
  });
});

describe("a replay that cannot begin", () => {
  it.each([
    ["a missing file", ["/nowhere/access.log"], {}, /cannot read \/nowhere\/access\.log: ENOENT/],
    ["an empty file", [file("empty.log", "")], {}, /no request to replay: the recording is empty/],
    [
      "a file of which no line is readable",
      [file("broken.log", "{]\n{[\n")],
      { recordingFormat: "access-log" },
      /no request to replay: 2 unreadable and 0 skipped records; .*broken\.log:1: /,
    ],
    [
      "a filter that nothing passes",
      [file("one.txt", "/a\n/b\n")],
      { filter: ["/x/**"] },
      /no request passes --filter: none of 2/,
    ],
    ["a pipe that is to be repeated", ["-"], { loop: 2 }, /--loop: the standard input can be read only once/],
    [
      "--speed without recorded times",
      [file("timeless.txt", "/a\n")],
      { speed: 1 },
      /--speed: \S+timeless\.txt:1 has no recorded time; set the pace with --rate\n/,
    ],
    [
      "several candidates",
      ["-"],
      { candidate: ["v2=http://127.0.0.1:1", "v3=http://127.0.0.1:2"] },
      /several candidates; choose the report's with --report-on: v2, v3/,
    ],
    [
      "a report on an unknown candidate",
      ["-"],
      { reportOn: "v9" },
      /--report-on: there is no candidate v9; candidates: candidate/,
    ],
    [
      "a store that cannot be written",
      [file("two.txt", "/a\n")],
      { store: join(file("no-folder", ""), "x.db") },
      /--store \S+x\.db: /,
    ],
  ] as [string, string[], Record<string, unknown>, RegExp][])(
    "because of %s exits with 2",
    async (_name, files, flags, problem) => {
      const { code, err, report, store } = await replay(files, flags);
      expect(err).toMatch(problem);
      expect([code, report]).toEqual([2, undefined]);
      expect(existsSync(store)).toBe(false);
      expect(primary.seen).toEqual([]);
    },
  );
});

describe("Ctrl-C", () => {
  it("ends a replay with the report of what there is, and 130", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const urls = file("slow.txt", Array.from({ length: 50_000 }, (_, index) => `/${index}\n`).join(""));
    const args = [
      "replay",
      urls,
      "--primary",
      primary.url,
      "--candidate",
      candidate.url,
      "--store",
      storeFile(),
      "--format",
      "json",
    ];
    const program = startProgram([...args, "--concurrency", "4"]);
    await expect.poll(() => candidate.seen.length).toBeGreaterThan(20);
    // The responses of the last ones arrive while it ends.
    for (const version of versions) version.release = promise;
    // A lane waits for both, so each of the four has at least one in flight, of either version.
    await expect.poll(() => primary.inFlight + candidate.inFlight).toBeGreaterThanOrEqual(4);
    program.process.kill("SIGINT");
    resolve();
    const { code, stdout, stderr } = await program.ended;
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(130);
    expect(brokenInvariants(report)).toEqual([]);
    expect(report.accounting).toMatchObject({ received: primary.seen.length, compared: primary.seen.length });
    expect(primary.seen.length).toBeLessThan(50_000);
    expect(stderr).toMatch(/^replayed \d+ requests in .*, interrupted$/m);
  });
});
