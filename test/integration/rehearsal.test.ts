import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CauseReport, Report } from "../../src/model/report.ts";
import type { AuditEntry } from "../../src/model/review.ts";
import type { Rule } from "../../src/model/rule.ts";
import { runProgram } from "../commands/run-program.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { sendOverTime } from "./load.ts";
import { brokenInvariants, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const REQUESTS = 100;
const PATHS = Array.from({ length: REQUESTS }, (_, id) => [`/prices/${id}`, `/names/${id}`, `/steady/${id}`]).flat();
// So few responses prove 95%. This test is not about latency.
const GATE = ["--gate-parity", "0.95", "--gate-min-compared", "80", "--gate-latency-ratio", "10000"];
const RULE = {
  endpoint: "GET /prices/{id}",
  section: "body",
  path: "$.price",
  action: { type: "ignore" },
  reason: "the new tariff",
};
const NAMES = "GET /names/{id}";

type Version = "old" | "new" | "newer";

/** The second version returns another price and names in upper case; the third returns other names. */
function responseBody(version: Version, endpoint: string, id: string): object {
  if (endpoint === "prices") return { id, price: version === "old" ? 10 : 11 };
  if (endpoint !== "names") return { id };
  return { id, name: { old: "Lovelace", new: "LOVELACE", newer: "King" }[version] };
}

let servers: Server[];
let candidateVersion: Version = "new";
let shadowdiff: Shadowdiff;

function startService(version: () => Version): Promise<Server> {
  return listening(
    createServer((req, res) => {
      const [, endpoint = "", id = ""] = (req.url ?? "").split("/");
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify(responseBody(version(), endpoint, id)));
    }),
  );
}

beforeAll(async () => {
  servers = await Promise.all([
    startService(() => "old"),
    startService(() => candidateVersion),
    startService(() => "old"),
  ]);
});
afterEach(() => shadowdiff?.stop());
afterAll(() => stopServers(servers));

async function start(store?: string): Promise<void> {
  const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
  const args = ["--primary", primary, "--candidate", candidate, "--secondary", secondary, ...GATE];
  shadowdiff = await startShadowdiff({ args, ...(store !== undefined && { store }) });
}

/** A pipeline starts a separate run for the traffic of its tests. */
async function rehearse(name: string): Promise<void> {
  const admin = ["--url", shadowdiff.admin];
  expect((await runProgram(["run", "start", ...admin, "--name", name, "--label", `build=${name}`])).code).toBe(0);
  const responses = await sendOverTime(shadowdiff.proxy, PATHS);
  expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
  expect((await runProgram(["run", "end", ...admin])).code).toBe(0);
}

/** `report --gate` on the store while the program writes to it. */
async function gate(run: string): Promise<{ code: number | null; report: Report; failing: readonly string[] }> {
  const args = ["report", "--gate", "--format", "json", "--store", shadowdiff.store, "--run", run];
  const { code, stdout } = await runProgram(args);
  const report = JSON.parse(stdout) as Report;
  const failing = report.endpoints.filter(({ verdict }) => verdict === "fail").map(({ endpoint }) => endpoint);
  return { code, report, failing: failing.sort() };
}

function ask(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${shadowdiff.admin}/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

function causeOfNames({ endpoints }: Report): CauseReport {
  const [cause, ...others] = endpoints.find(({ endpoint }) => endpoint === NAMES)?.causes ?? [];
  if (cause === undefined || others.length > 0) throw new Error(`not one cause: ${others.length}`);
  return cause;
}

describe("a pipeline that tests one build after the other", () => {
  it("fails until its differences are ignored by rules or accepted, and again when they change", async () => {
    await start();
    const [{ id: unused }] = (await shadowdiff.get<{ runs: [{ id: string }] }>("/api/v1/runs")).runs;
    await rehearse("build 1");

    // Exit codes: 3 without comparisons, 2 for an unknown run, 1 for two endpoints that differ.
    expect((await gate(unused)).code).toBe(3);
    expect((await runProgram(["report", "--gate", "--store", shadowdiff.store, "--run", "build 0"])).code).toBe(2);
    const first = await gate("build 1");
    expect([first.code, first.failing]).toEqual([1, [NAMES, RULE.endpoint]]);
    expect(first.report.run.labels).toEqual({ build: "build 1" });
    expect(first.report.accounting).toEqual({
      ...first.report.accounting,
      received: 300,
      compared: 300,
      differed: 200,
      dropped: {},
    });
    expect(brokenInvariants(first.report)).toEqual([]);

    // A rule applies to past exchanges as well, at once and until it is removed.
    const added = await ask("POST", "/rules", RULE);
    expect(added.status).toBe(201);
    const { rule } = (await added.json()) as { rule: Rule };
    const ruled = await gate("build 1");
    expect([ruled.code, ruled.failing]).toEqual([1, [NAMES]]);
    expect(ruled.report.rules.map(({ rule: { id }, hits }) => [id, hits])).toEqual([[rule.id, REQUESTS]]);
    expect((await ask("DELETE", `/rules/${rule.id}`)).status).toBe(200);
    expect((await gate("build 1")).failing).toEqual([NAMES, RULE.endpoint]);
    expect((await ask("POST", "/rules", RULE)).status).toBe(201);

    // The remaining cause is accepted.
    const { signature, title, state, count } = causeOfNames(ruled.report);
    expect([title, state, count]).toEqual(["body $.name (different case)", "new", REQUESTS]);
    const review = { decision: "accepted", reason: "capitals are what the printer wants" };
    expect((await ask("PUT", `/reviews/${signature}?run=${ruled.report.run.id}`, review)).status).toBe(200);
    const accepted = await gate("build 1");
    expect([accepted.code, accepted.report.verdict, accepted.failing]).toEqual([0, "pass", []]);
    const { lines } = await shadowdiff.get<{ lines: AuditEntry[] }>("/api/v1/audit");
    expect(lines.map(({ what }) => what.split(" ", 1)[0])).toEqual(["accepted", "added", "removed", "added"]);

    // The next build, with a restarted program and the same store.
    await shadowdiff.stop();
    await start(shadowdiff.store);
    await rehearse("build 2");
    const second = await gate("build 2");
    expect([second.code, second.failing]).toEqual([0, []]);
    expect(causeOfNames(second.report)).toMatchObject({ state: "accepted", count: REQUESTS, review });

    // Only the change of case was accepted.
    candidateVersion = "newer";
    await rehearse("build 3");
    const third = await gate("build 3");
    expect([third.code, third.failing]).toEqual([1, [NAMES]]);
    expect(causeOfNames(third.report)).toMatchObject({ state: "changed", count: REQUESTS });
    const compared = await runProgram(["run", "compare", "build 2", "build 3", "--store", shadowdiff.store]);
    expect(compared.code).toBe(0);
    expect(compared.stdout).toMatch(/^new \(1\)\n {2}GET \/names\/\{id\}: body \$\.name \(changed\)$/m);
  });
});
