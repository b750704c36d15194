import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { EndpointReport, Report } from "../../src/model/report.ts";
import type { Templates } from "../../src/model/views/templates.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { startLoad } from "./load.ts";
import { reportAfter } from "./report-after.ts";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const CANDIDATE = "candidate";
/** Starts and some hundred requests, possibly on a busy machine. */

/** A version of a service with a list of posts; a new one sorts it in another way. */
function startPosts(isNew: boolean): Promise<Server> {
  return listening(
    createServer((request, response) => {
      const isSorted = request.url?.includes("_sort=") === true;
      response.end(JSON.stringify({ posts: isSorted && isNew ? [2, 1] : [1, 2] }));
    }),
  );
}

let servers: Server[];
let running: Shadowdiff | undefined;
beforeAll(async () => {
  servers = await Promise.all([startPosts(false), startPosts(true)]);
});
afterEach(() => running?.stop());
afterAll(() => stopServers(servers));

async function start(store?: string): Promise<Shadowdiff> {
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  const threads = ["--threads-proxy", "2", "--threads-compare", "2"];
  const args = ["--primary", primary, "--candidate", candidate, ...threads];
  running = await startShadowdiff({ args, ...(store !== undefined && { store }) });
  return running;
}

/** Number of exchanges and differing ones, with and without each parameter. */
function sharesOf(shares: EndpointReport["parameters"] = []): Record<string, string> {
  return Object.fromEntries(
    shares.map(({ kind, name, count, compared: all, countWithout, comparedWithout }) => [
      kind === "name" ? `?${name}` : kind,
      `${count} of ${all}, ${countWithout} of ${comparedWithout}`,
    ]),
  );
}

/** Per set of differing fields of all runs: exchanges, and those whose parameters were counted. */
async function countedRows(store: string): Promise<{ count: number; counted: number | undefined }[]> {
  const reader = openSqliteReader(store);
  try {
    const runs = await reader.runs();
    return (await Promise.all(runs.map(({ id }) => reader.outcomes(id, CANDIDATE))))
      .flat()
      .flatMap(({ rows }) => rows.map(({ count, parameters }) => ({ count, counted: parameters?.counted })));
  } finally {
    await reader.close();
  }
}

function times(count: number, path: string): string[] {
  return Array.from({ length: count }, (_, at) => path.replace("#", `${at}`));
}

describe("query parameters", () => {
  it("are counted exactly over all threads, with and without differences, and explain a cause", async () => {
    const shadowdiff = await start();
    const paths = [
      ...times(60, "/posts"),
      ...times(120, "/posts?_sort=views&_page=#"),
      ...times(40, "/posts?_page=#"),
      ...times(30, "/posts?__proto__=1&%5Fpage=#"),
      ...times(10, "/posts?a%00b%1b=1&%E0%A4%A=1&1764464400#"),
    ];
    const report = await reportAfter(shadowdiff, paths);
    const [endpoint] = report.endpoints;
    expect([report.endpoints.length, endpoint?.compared]).toEqual([1, 260]);
    expect(sharesOf(endpoint?.parameters)).toEqual({
      "?_sort": "120 of 120, 0 of 140",
      "?_page": "120 of 190, 0 of 70",
      none: "0 of 60, 120 of 200",
      "?__proto__": "0 of 30, 120 of 230",
      "?{id}": "0 of 10, 120 of 250",
      "?a\u{fffd}b\u{fffd}": "0 of 10, 120 of 250",
      "?à¤%A": "0 of 10, 120 of 250",
    });
    expect(sharesOf(endpoint?.causes[0]?.parameters)["?_sort"]).toBe("120 of 120, 0 of 140");

    const targets = async (filter: string): Promise<boolean[]> => {
      const { samples } = await shadowdiff.get<{ samples: { target: string }[] }>(`/api/v1/samples?${filter}`);
      return [...new Set(samples.map(({ target }) => target.includes("_sort")))];
    };
    expect(await targets("query=_sort")).toEqual([true]);
    expect(await targets("withoutQuery=_sort")).toEqual([]);
    expect(await targets("query=")).toEqual([]);
  });

  it("beyond 32 names count together, exactly, and the names stay the same in the next process", async () => {
    const shadowdiff = await start();
    const names = Array.from({ length: 32 }, (_, at) => String.fromCharCode(97 + (at % 26)).repeat(at < 26 ? 1 : 2));
    await reportAfter(shadowdiff, [`/posts?${names.join("&")}`]);
    const long = "n".repeat(6_000);
    const paths = [...times(20, "/posts?more&further"), `/posts?${long}o=1`, ...times(5, "/posts?a")];
    const report = await reportAfter(shadowdiff, paths, paths.length + 1);
    const shares = sharesOf(report.endpoints[0]?.parameters);
    expect([Object.keys(shares).length, shares["other"], shares["?a"]]).toEqual([
      33,
      "0 of 21, 0 of 6",
      "0 of 6, 0 of 21",
    ]);
    await shadowdiff.stop();

    const next = await start(shadowdiff.store);
    const later = await reportAfter(next, times(3, "/posts?more"));
    expect(sharesOf(later.endpoints[0]?.parameters)).toEqual({ "?more": "0 of 3, 0 of 0" });
    const before = await next.get<Report>(`/api/v1/report?run=${report.run.id}`);
    expect(before.endpoints[0]?.parameters).toEqual(report.endpoints[0]?.parameters);
  });

  it("are counted once with the exchange, also when the process or a compare thread is killed", async () => {
    const shadowdiff = await start();
    const load = startLoad(shadowdiff.proxy, (index) => `/posts?${index % 3 === 0 ? "_sort=" : "_page="}${index}`);
    await shadowdiff.reportWhere(({ accounting }) => accounting.compared > 100);
    shadowdiff.chaos({ thread: "compare-0", action: "exit" });
    await shadowdiff.reportWhere(({ accounting }) => accounting.compared > 500);
    const ended = once(shadowdiff.process, "exit");
    shadowdiff.process.kill("SIGKILL");
    await ended;
    await load.stop();
    const rows = await countedRows(shadowdiff.store);
    expect(rows.length).toBe(2);
    expect(rows.filter(({ count, counted }) => count !== counted)).toEqual([]);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(500);
  });
});

it("paths that look alike count as one with one request, in all threads, and apart again with another one", async () => {
  const shadowdiff = await start();
  const paths = times(26, "#").map((_, at) => `/e/my-${String.fromCharCode(97 + at)}-post?_page=${at}`);
  const before = await reportAfter(shadowdiff, paths);
  expect(before.endpoints.length).toBe(26);
  const { proposals } = await shadowdiff.get<Templates>("/api/v1/templates");
  expect(proposals.map(({ template, values }) => [template, values])).toEqual([["GET /e/{name}", 26]]);
  const position = { route: proposals[0]?.route ?? "", method: "GET", parent: "/e" };
  const change = (method: string, query: object, body: object): Promise<Response> =>
    fetch(`${shadowdiff.admin}/api/v1/templates?${new URLSearchParams({ ...query }).toString()}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const one = await change("POST", {}, { decision: "one", ...position, parameter: "{name}" });
  expect(one.status).toBe(200);
  const folded = await reportAfter(shadowdiff, paths, 52);
  expect(folded.endpoints.map(({ endpoint, compared: count }) => [endpoint, count])).toEqual([["GET /e/{name}", 52]]);
  expect(sharesOf(folded.endpoints[0]?.parameters)).toEqual({ "?_page": "0 of 52, 0 of 0" });
  expect(shadowdiff.stderr()).not.toContain("learned from traffic");

  expect((await change("DELETE", position, {})).status).toBe(200);
  const apart = await reportAfter(shadowdiff, paths, 78);
  expect(apart.endpoints.length).toBe(27);
  expect(apart.endpoints.reduce((sum, { compared: count }) => sum + count, 0)).toBe(78);
  expect(apart.endpoints.find(({ endpoint }) => endpoint === "GET /e/{name}")?.compared).toBe(26);
});
