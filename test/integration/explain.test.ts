import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Mark } from "../../src/model/explain/mark.ts";
import type { Report } from "../../src/model/report.ts";
import type { CauseExplanation } from "../../src/model/views/cause-explanation.ts";
import type { SampleSummary } from "../../src/store/store.ts";
import { runProgram } from "../commands/run-program.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { sendAll } from "./load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const CURRENCIES = ["USD", "GBP", "CHF", "EUR"];
const REQUESTS = 320;
const EUROS = REQUESTS / CURRENCIES.length;
/** On a busy machine fewer exchanges are kept, and counts are estimates. */
const SENTENCE = new RegExp(
  `\\?currency=EUR: (?:about )?${EUROS} of ${EUROS} differ; all others: 0 of ${REQUESTS - EUROS}\\.`,
);
const PRODUCTS = "GET /products/{id}";

/** A service of prices. @param isNew euros are converted with another rate */
function startPrices(isNew: boolean): Promise<Server> {
  return listening(
    createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
      const currency = searchParams.get("currency");
      const price = isNew && currency === "EUR" ? 11 : 10;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id: pathname, currency, price }));
    }),
  );
}

let servers: Server[];
let running: Shadowdiff;
let report: Report;

function mark(...args: readonly string[]) {
  return runProgram(["run", "mark", ...args, "--url", running.admin]);
}

/** Kinds and texts of all marks. */
async function markTexts() {
  const { marks } = await running.get<{ marks: readonly Mark[] }>("/api/v1/events/marks");
  return marks.map(({ kind, text }) => [kind, text]);
}

beforeAll(async () => {
  servers = await Promise.all([startPrices(false), startPrices(true)]);
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  running = await startShadowdiff({
    args: ["--primary", primary, "--candidate", candidate, "--label", "commit=3f2a", "--threads-compare", "2"],
  });
  await mark("v2 <b>restarted</b>", "--subset", "candidate");
  const paths = Array.from(
    { length: REQUESTS },
    (_, at) => `/products/${at}?currency=${CURRENCIES[at % CURRENCIES.length]}&page=${at % 7}`,
  );
  await sendAll(running.proxy, paths);
  report = await running.reportWhere(
    (now) =>
      isAtRest(now, REQUESTS) && now.endpoints.some(({ causes }) => causes.some(({ explanation }) => explanation)),
  );
});

afterAll(async () => {
  await running.stop();
  stopServers(servers);
});

describe("a difference that depends on a query parameter", () => {
  it("is explained in the report by exact counts", () => {
    const causes = report.endpoints.flatMap((each) => each.causes.map((cause) => ({ endpoint: each.endpoint, cause })));
    expect(causes).toMatchObject([
      { endpoint: PRODUCTS, cause: { count: EUROS, explanation: expect.stringMatching(SENTENCE) as string } },
    ]);
  });

  it("is explained through the API, with its samples by condition", async () => {
    const [cause] = report.endpoints.flatMap(({ causes }) => causes);
    const signature = encodeURIComponent(cause?.signature ?? "");
    const explained = await running.get<CauseExplanation>(`/api/v1/causes/${signature}/explanation`);
    expect(explained).toMatchObject({ runId: report.run.id, candidate: "candidate", title: cause?.title });
    const conditions = [{ source: "query", name: "currency", test: "equals", value: "EUR" }];
    expect(explained.explanations).toMatchObject([
      { kind: "condition", total: { count: EUROS, compared: REQUESTS }, findings: [{ conditions }] },
    ]);

    const samplesWith = async (value: string) => {
      const condition = encodeURIComponent(
        JSON.stringify({ source: "query", name: "currency", test: "equals", value }),
      );
      const path = `/api/v1/samples?cause=${signature.slice(0, 8)}&condition=${condition}`;
      return running.get<{ samples: readonly SampleSummary[]; unjudged: number }>(path);
    };
    const euros = await samplesWith("EUR");
    expect(euros.samples.length).toBeGreaterThan(0);
    expect(euros.samples.every(({ target }) => target.includes("currency=EUR"))).toBe(true);
    expect(await samplesWith("USD")).toEqual({ samples: [], unjudged: euros.unjudged });
    const begun = `/api/v1/causes/${(cause?.signature ?? "").slice(0, 8)}/explanation`;
    expect(await running.get<CauseExplanation>(begun)).toEqual(explained);
    const malformed = await fetch(`${running.admin}/api/v1/samples?condition=currency`);
    expect([malformed.status, await malformed.text()]).toEqual([
      400,
      expect.stringContaining("use JSON such as") as string,
    ]);
    expect((await fetch(`${running.admin}/api/v1/causes/absent/explanation`)).status).toBe(404);
  });

  it("is explained on the command line, from the store and from the running program", async () => {
    for (const from of [
      ["--store", running.store],
      ["--url", running.admin],
    ]) {
      const { code, stdout, stderr } = await runProgram(["explain", "$.price", ...from]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(SENTENCE);
      expect(stdout).toContain(`${"█".repeat(20)}    100%  ${EUROS} of ${EUROS}`);
      expect(stdout).toContain(`${"·".repeat(20)}      0%  0 of ${REQUESTS - EUROS}`);
      expect(stdout).toContain("v2 <b>restarted</b> [candidate] (127.0.0.1)");
      const url = from.includes("--url") ? running.admin : "http://ADMIN-ADDRESS";
      expect(stdout).toMatch(new RegExp(`\\n  shadowdiff isolate [\\w-]{8} --url ${url}\\n$`));
    }
    const unknown = await runProgram(["explain", "absent", "--store", running.store]);
    expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toMatch(
      /^no cause is named absent; the causes are: [\w-]{8} \(body \$\.price \(changed\); likely, new; 80 responses of GET \/products\/\{id\}\)\n$/,
    );
  });

  it("is explained in the text report, in words that explain takes", async () => {
    const { stdout } = await runProgram(["report", "--store", running.store]);
    const [, handle = ""] = /\(explain ([\w-]{8})\)/.exec(stdout.replaceAll(/\s+/g, " ")) ?? [];
    const { code, stdout: json } = await runProgram(["explain", handle, "--store", running.store, "--format", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(json)).toMatchObject({ title: expect.stringContaining("$.price") as string, isolations: [] });
  });
});

describe("marks of a run", () => {
  it("come from people, labels, edits and controls", async () => {
    const headers = { "content-type": "application/json" };
    const edit = (method: string, path: string, body: object) =>
      fetch(running.admin + path, { method, headers, body: JSON.stringify(body) });
    const rule = { endpoint: "**", section: "body", path: "$.other", action: { type: "ignore" }, reason: "a test" };
    expect((await edit("POST", "/api/v1/rules", rule)).status).toBe(201);
    expect((await edit("PUT", "/api/v1/control/mirroring", { paused: true })).status).toBe(200);
    await expect.poll(markTexts).toEqual([
      ["deployment", "run with commit=3f2a"],
      ["deployment", "v2 <b>restarted</b>"],
      ["configuration", expect.stringContaining("$.other") as string],
      ["configuration", "mirroring paused"],
    ]);
  });

  it("are refused with what to write instead", async () => {
    for (const [args, words] of [
      [["a\nb"], "one line"],
      [["a", "--at", "yesterday"], "with a time zone"],
      [["a", "--subset", "v9"], "Use one of primary, candidate"],
    ] as const) {
      const { code, stderr } = await mark(...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(words) as string]);
    }
  });
});
