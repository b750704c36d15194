import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import type { Isolation, IsolationPreview } from "../../src/model/isolate/isolation.ts";
import type { Report } from "../../src/model/report.ts";
import type { Sample } from "../../src/model/sample.ts";
import { createVersions, type Seen } from "../probe/versions.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const start = createVersions();
const PROGRAM = join(import.meta.dirname, "../../src/shadowdiff.js");
const ENDED = new Set(["isolated", "not-reproduced", "noise", "stopped", "failed"]);

/** 20 header fields of which one is Cookie with three cookies, and 8 parameters. Host and Connection come on top. */
const TARGET = "/prices?page=1&size=20&sort=name&currency=EUR&q=a%20b&view=&debug=false&v=3";
const HEADERS = {
  ...Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`x-field-${index}`, `value ${index}`])),
  accept: "application/json",
  "accept-language": "de",
  "user-agent": "shop/1.0",
  cookie: "SID=31d4; beta=1; theme=dark",
};

function isEuroInBeta({ url, headers }: Seen): boolean {
  const isBeta = /(?:^|; )beta=1(?:;|$)/.test(String(headers["cookie"]));
  return isBeta && new URL(url, "http://v").searchParams.get("currency") === "EUR";
}

function accountOf({ url }: Seen): number {
  return Number(url.split("/").at(-1));
}

async function call(shadowdiff: Shadowdiff, method: string, path: string, body?: object) {
  const response = await fetch(`${shadowdiff.admin}/api/v1/isolations${path}`, {
    method,
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

async function ended(shadowdiff: Shadowdiff, id: string): Promise<Isolation> {
  for (;;) {
    const isolation = await shadowdiff.get<Isolation>(`/api/v1/isolations/${id}`);
    if (ENDED.has(isolation.state)) return isolation;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs `shadowdiff isolate`. */
function runCommand({ admin }: Shadowdiff, args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, "isolate", "--url", admin, ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, "close") as Promise<[number | null]>;
  return {
    child,
    ended: closed.then(([code]) => ({ code, stdout, stderr })),
    /** Waits for a text on stderr. @throws if the command ends without it */
    async says(text: string): Promise<void> {
      while (!stderr.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it has ended with ${child.exitCode}: ${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

function causeOf(report: Report): string {
  return report.endpoints[0]?.causes[0]?.signature ?? "no cause";
}

/** Everything that the program has written: its store, with the files beside it, and its logs. */
function written(shadowdiff: Shadowdiff): string {
  const folder = dirname(shadowdiff.store);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  return [...files, shadowdiff.stdout(), shadowdiff.stderr()].join("\n");
}

it("a request of a real service is isolated over the API, apart from all counts, and the curl command shows the difference", async () => {
  const v1 = await start(() => ({ json: { price: 1 } }));
  const v2 = await start((seen) => ({ json: { price: isEuroInBeta(seen) ? 2 : 1 } }));
  const shadowdiff = await startShadowdiff({
    args: ["--primary", `v1=${v1.url}`, "--candidate", `v2=${v2.url}`, "--isolate-per-second", "1000"],
  });
  onTestFinished(async () => void (await shadowdiff.stop()));
  await fetch(shadowdiff.proxy + TARGET, { headers: HEADERS });
  const before = await shadowdiff.reportWhere((report) => isAtRest(report, 1) && report.accounting.differed === 1);
  const { samples } = await shadowdiff.get<{ samples: Sample[] }>("/api/v1/samples");
  const order = { signature: causeOf(before), sampleId: samples[0]?.id };

  const preview = await call(shadowdiff, "POST", "/preview", order);
  expect(preview.json).toEqual({
    method: "GET",
    endpoint: "GET /prices",
    maxProbes: 60,
    perSecond: 1000,
    masked: ["cookie SID", "cookie beta", "cookie theme"],
    targets: [
      { role: "primary", subset: "v1", url: v1.url },
      { role: "candidate", subset: "v2", url: v2.url },
      { role: "secondary", subset: "v1", url: v1.url },
    ],
    isOptedIn: false,
    refusal: null,
  } satisfies IsolationPreview);
  const refused = await call(shadowdiff, "POST", "", order);
  expect(refused).toMatchObject({ status: 409, json: { error: { code: "confirm-needed" } } });
  expect([v1.seen.length, v2.seen.length]).toEqual([1, 1]);

  const misspelled = await call(shadowdiff, "POST", "/preview", { ...order, secrets: { SID: "31d4" } });
  expect(misspelled).toMatchObject({
    status: 400,
    json: {
      error: {
        message: "The request has no masked part SID.",
        remedy: "Its masked parts are: cookie SID, cookie beta, cookie theme.",
      },
    },
  });
  const unconfirmed = await runCommand(shadowdiff, ["$.price", "--sample", order.sampleId ?? ""]).ended;
  expect([unconfirmed.code, unconfirmed.stdout]).toEqual([2, ""]);
  expect(unconfirmed.stderr).toMatch(
    /^up to 60 GET requests to GET \/prices, 1000 per second, go to primary v1 .*; confirm it with --yes, or set isolate\.enabled\n$/,
  );
  expect(v2.seen).toHaveLength(1);

  const without = await call(shadowdiff, "POST", "", { ...order, confirm: true });
  expect(await ended(shadowdiff, (without.json as Isolation).id)).toMatchObject({
    state: "failed",
    message: expect.stringMatching(
      /without cookie SID, cookie beta, cookie theme, whose values are not stored\. Type them in/,
    ),
  });

  const seenBefore = v2.seen.length;
  const secrets = { "cookie SID": "31d4", "cookie beta": "1", "cookie theme": "dark" };
  const started = await call(shadowdiff, "POST", "", { ...order, confirm: true, secrets });
  expect(started.status).toBe(201);
  const isolation = await ended(shadowdiff, (started.json as Isolation).id);
  expect(isolation).toMatchObject({
    state: "isolated",
    isMinimal: true,
    message: "2 of 32 parts decide: `cookie beta`, `currency=EUR`.",
    parts: { left: 2 },
    request: { method: "GET", target: "/prices?currency=EUR" },
  });
  expect(v2.seen.length - seenBefore).toBe(isolation.probes);
  expect(isolation.probes).toBe(25);
  expect(new Set(v2.seen.slice(1).map(({ headers }) => headers["shadowdiff-probe"]))).toEqual(new Set(["isolate"]));

  // What a person does with the command: fill in the secret, and run it against both versions.
  const curl = isolation.request?.curl ?? "";
  const env = { ...process.env, COOKIE_BETA: "1" };
  const priceOf = async (command: string): Promise<unknown> => {
    const { stdout } = await promisify(execFile)("bash", ["-c", command.replace("curl -i", "curl -s --max-time 20")], {
      env,
    });
    return JSON.parse(stdout);
  };
  expect(curl).toContain(v1.url);
  expect(await priceOf(curl)).toEqual({ price: 1 });
  expect(await priceOf(curl.replace(v1.url, v2.url))).toEqual({ price: 2 });
  expect(await priceOf(curl.replace(v1.url, v2.url).replace("currency=EUR", ""))).toEqual({ price: 1 });

  // From the command line: the next live request has its secrets.
  const armed = runCommand(shadowdiff, ["$.price", "--arm", "--yes"]);
  await armed.says("armed: Waits up to 30 minutes for the next live request to GET /prices");
  await fetch(shadowdiff.proxy + TARGET, { headers: HEADERS });
  const { code, stdout } = await armed.ended;
  expect([code, stdout.split("\n")]).toEqual([
    0,
    [
      "isolated: body $.price (changed) on GET /prices",
      "  2 of 32 parts decide: `cookie beta`, `currency=EUR`.",
      "  · remove `cookie beta` and it is gone; with another value (`2`) too",
      "  · remove `currency=EUR` and it is gone; with another value (`x`) too",
      "  25 requests to each version",
      "",
      curl,
      "",
    ],
  ]);
  const waiting = runCommand(shadowdiff, [order.signature.slice(0, 8), "--arm", "--yes", "--format", "json"]);
  await waiting.says("armed: Waits up to 30 minutes for the next live request to GET /prices");
  expect(await call(shadowdiff, "POST", "", { ...order, confirm: true })).toMatchObject({
    status: 409,
    json: { error: { code: "isolation-running", remedy: expect.stringContaining("DELETE /api/v1/isolations/") } },
  });
  waiting.child.kill("SIGINT");
  const interrupted = await waiting.ended;
  expect([interrupted.code, (JSON.parse(interrupted.stdout) as Isolation).state]).toEqual([130, "stopped"]);

  await shadowdiff.reportWhere((report) => isAtRest(report, 2));
  const after = await shadowdiff.report();
  expect(after.accounting).toMatchObject({ received: 2, mirrored: 2, compared: 2, differed: 2 });
  expect(brokenInvariants(after)).toEqual([]);
  const { json } = await call(shadowdiff, "GET", `?signature=${order.signature}&candidate=v2`);
  expect((json as { isolations: Isolation[] }).isolations.map(({ state }) => state)).toEqual([
    "stopped",
    "isolated",
    "isolated",
    "failed",
  ]);
  expect(await call(shadowdiff, "DELETE", "/no-such")).toMatchObject({ status: 404 });
  // One that still waits is stopped and stored.
  await call(shadowdiff, "POST", "", { ...order, sampleId: null, confirm: true });
  expect(await shadowdiff.stop()).toBe(0);
  const trace = written(shadowdiff);
  expect(trace).toContain("an isolation has ended");
  expect(trace).not.toContain("31d4");

  // What has ended is stored.
  const again = await startShadowdiff({
    args: ["--primary", `v1=${v1.url}`, "--candidate", `v2=${v2.url}`],
    store: shadowdiff.store,
  });
  onTestFinished(async () => void (await again.stop()));
  const stored = await call(again, "GET", `/${isolation.id}?run=${isolation.runId}`);
  expect(stored).toEqual({ status: 200, json: isolation });
  const all = (await call(again, "GET", `?run=${isolation.runId}`)).json as { isolations: Isolation[] };
  expect(all.isolations[0]).toMatchObject({ state: "stopped", message: "Stopped by the end of the process." });
  expect(all.isolations).toHaveLength(5);
});

it("a member of a live POST is isolated if its method is allowed, and nothing is sent while mirroring is paused", async () => {
  const v1 = await start(() => ({ json: { total: 1 } }));
  const v2 = await start(({ body }) => ({ json: { total: /"coupon":"SUMMER"/.test(body) ? 2 : 1 } }));
  const versions = ["--primary", `v1=${v1.url}`, "--candidate", `v2=${v2.url}`];
  const shadowdiff = await startShadowdiff({
    args: [...versions, "--method", "POST", "--isolate-enabled", "--isolate-per-second", "1000"],
  });
  onTestFinished(async () => void (await shadowdiff.stop()));
  const order = {
    user: { id: 7, name: "Anna" },
    items: [{ sku: "A-1" }, { sku: "B-2" }],
    coupon: "SUMMER",
    password: "hunter2",
  };
  const send = () =>
    fetch(`${shadowdiff.proxy}/orders?dry=1`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer s3cr3t-value" },
      body: JSON.stringify(order),
    });
  await send();
  const report = await shadowdiff.reportWhere((each) => isAtRest(each, 1) && each.accounting.differed === 1);
  const armed = { signature: causeOf(report) };
  const { samples } = await shadowdiff.get<{ samples: Sample[] }>("/api/v1/samples");

  const refusal = async (body: object): Promise<unknown> => {
    const { status, json } = await call(shadowdiff, "POST", "", body);
    return { status, ...(json as { error: object }).error };
  };
  expect(await refusal(armed)).toEqual({
    status: 409,
    code: "not-isolatable",
    message: "The method POST must not be sent again: every version would execute it for each request.",
    remedy: 'If that does no harm, add it to isolate.methods, or allow it this once: "methods": ["POST"].',
  });
  expect(await refusal({ ...armed, methods: ["POST"], sampleId: samples[0]?.id })).toMatchObject({
    message: "These parts of the request were not stored, and without them it is another request: body.",
    remedy: expect.stringContaining("arm the isolation"),
  });
  expect(await refusal({ ...armed, signature: "unknown" })).toMatchObject({ status: 404, code: "unknown-cause" });
  const control = (paused: boolean) =>
    fetch(`${shadowdiff.admin}/api/v1/control/mirroring`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ paused }),
    });
  await control(true);
  expect(await refusal({ ...armed, methods: ["POST"] })).toMatchObject({
    status: 409,
    message: "Mirroring is paused, so the candidates are left alone.",
  });
  await control(false);
  expect([v1.seen.length, v2.seen.length]).toEqual([1, 1]);

  const { json } = await call(shadowdiff, "POST", "", { ...armed, methods: ["POST"] });
  const { id, state } = json as Isolation;
  expect(state).toBe("armed");
  await send();
  const isolation = await ended(shadowdiff, id);
  expect(isolation).toMatchObject({
    state: "isolated",
    isMinimal: true,
    sampleId: null,
    deciding: [{ kind: "body", name: "$.coupon", value: '"SUMMER"' }],
    request: { method: "POST", target: "/orders", body: '{"coupon":"SUMMER"}' },
  });
  expect(v2.seen.at(-1)?.headers["shadowdiff-probe"]).toBe("isolate");
  expect(await shadowdiff.stop()).toBe(0);
  expect(written(shadowdiff)).not.toMatch(/hunter2|s3cr3t/);
});

it("a path parameter decides if the cause is gone with the value of a request that matched", async () => {
  const v1 = await start((seen) => ({ json: { id: accountOf(seen), interest: 1 } }));
  const v2 = await start((seen) => ({ json: { id: accountOf(seen), interest: accountOf(seen) % 5 === 0 ? 2 : 1 } }));
  const shadowdiff = await startShadowdiff({
    args: ["--primary", `v1=${v1.url}`, "--candidate", `v2=${v2.url}`, "--isolate-per-second", "1000"],
  });
  onTestFinished(async () => void (await shadowdiff.stop()));
  for (let id = 1; id <= 20; id += 1) await fetch(`${shadowdiff.proxy}/accounts/${id}`);
  const report = await shadowdiff.reportWhere((each) => isAtRest(each, 20) && each.accounting.differed === 4);
  const { samples } = await shadowdiff.get<{ samples: Sample[] }>("/api/v1/samples");
  const order = { signature: causeOf(report), sampleId: samples[0]?.id, confirm: true };
  const isolation = await ended(shadowdiff, ((await call(shadowdiff, "POST", "", order)).json as Isolation).id);
  expect(isolation).toMatchObject({ state: "isolated", deciding: [{ kind: "path", name: "id" }] });
  expect(Number(isolation.deciding[0]?.replacement) % 5).toBeGreaterThan(0);
});
