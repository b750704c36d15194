import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runLoad } from "../../src/commands/demo/demo-load.ts";
import { demoRequests } from "../../src/commands/demo/demo-traffic.ts";
import { startVersion, type ServedUrls } from "../../src/commands/demo/version-process.ts";
import type { Report } from "../../src/model/report.ts";
import type { Started } from "./dashboard-process.ts";

const PROGRAM = join(import.meta.dirname, "dashboard-process.ts");
const CONNECTIONS = 16;
const PER_SECOND = 330;
/** The first run is short: the second one shows what is new. */
const FIRST_RUN_SHARE = 0.25;

/** Its difference depends on the currency that is asked for. */
const EXPLAINED_ENDPOINT = "GET /prices/{id}";

/** Two runs of the demo's old and new version, with traffic, a rule and reviews, behind a build of the dashboard's sources. */
export interface DemoRun {
  readonly adminUrl: string;
  readonly proxyUrl: string;
  /** Id of an exchange whose bodies differ. */
  readonly sample: string;
  /** Signature of a cause that depends on a parameter. */
  readonly cause: string;
  /** Sends a few requests, so that a live page has something to show. */
  send(requests: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param webRoot folder of the built dashboard
 * @param requests to send, of which the first run gets a quarter
 */
export async function startDemoRun(webRoot: string, requests: number): Promise<DemoRun> {
  const directory = await mkdtemp(join(tmpdir(), "shadowdiff-demo-run-"));
  const versions = await Promise.all([startVersion("old"), startVersion("new")]);
  const [[old, twin], [next]] = versions.map(({ urls }) => urls) as [ServedUrls, ServedUrls];
  const flags = {
    runName: "release 2.3",
    label: ["commit=9ab1c04"],
    listen: "127.0.0.1:0",
    admin: "127.0.0.1:0",
    store: `sqlite:${join(directory, "demo.db")}`,
    primary: `old=${old}`,
    candidate: [`new=${next}`],
    secondary: `old-twin=${twin}`,
    gateParity: "0.99",
    gateMinCompared: "20",
  };
  const child = fork(PROGRAM, [webRoot, JSON.stringify(flags)]);
  const [{ adminUrl, proxyUrl }] = (await once(child, "message")) as [Started];
  const send = (count: number): Promise<unknown> =>
    runLoad({
      url: proxyUrl,
      requests: demoRequests(count),
      connections: CONNECTIONS,
      perSecond: PER_SECOND,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  const first = Math.round(requests * FIRST_RUN_SHARE);
  await send(first);
  await edit(adminUrl, "POST", "runs", { name: "release 2.4", labels: { commit: "3f2ac91" } });
  await send(requests - first);
  const report = await settledReport(adminUrl, requests - first);
  await decide(adminUrl, report);
  const { samples } = await get<{ samples: readonly { id: string }[] }>(
    adminUrl,
    "samples?endpoint=GET+/gcd/{id}/{id}",
  );
  return {
    adminUrl,
    proxyUrl,
    sample: samples[0]?.id ?? "",
    cause: report.endpoints.find(({ endpoint }) => endpoint === EXPLAINED_ENDPOINT)?.causes[0]?.signature ?? "",
    async send(count) {
      await send(count);
    },
    async stop() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
      await Promise.all(versions.map((version) => version.stop()));
      await rm(directory, { recursive: true });
    },
  };
}

/** Waits until every request is compared. */
async function settledReport(adminUrl: string, sent: number): Promise<Report> {
  for (;;) {
    const report = await get<Report>(adminUrl, "report");
    const { received, inFlight } = report.accounting;
    if (received >= sent && inFlight === 0) return report;
    await delay(200);
  }
}

/** One cause is accepted, one is denied, and a rule hides a header. */
async function decide(adminUrl: string, { endpoints }: Report): Promise<void> {
  const causesOf = (name: string) => endpoints.find(({ endpoint }) => endpoint === name)?.causes ?? [];
  const reviews = [
    ["GET /shares/{id}/{id}", "accepted", "the new release rounds on purpose"],
    ["GET /products/{id}/{id}", "denied", "clients parse this number"],
  ] as const;
  for (const [endpoint, decision, reason] of reviews) {
    const [cause] = causesOf(endpoint);
    if (cause === undefined) throw new Error(`the demo run has no cause on ${endpoint}`);
    await edit(adminUrl, "PUT", `reviews/${encodeURIComponent(cause.signature)}`, {
      decision,
      reason,
      expiresAt: null,
    });
  }
  const rule = { endpoint: "GET /primes/{id}", section: "header", path: "cache-control", action: { type: "ignore" } };
  await edit(adminUrl, "POST", "rules", { ...rule, owner: "team-web", reason: "the proxy sets it", expiresAt: null });
}

async function get<Body>(adminUrl: string, path: string): Promise<Body> {
  const response = await fetch(`${adminUrl}/api/v1/${path}`);
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as Body;
}

async function edit(adminUrl: string, method: string, path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${adminUrl}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}
