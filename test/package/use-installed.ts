import { join } from "node:path";
import type { Accounting } from "../../src/model/accounting.ts";
import type { Report, Verdict } from "../../src/model/report.ts";
import { startCommand, type InstalledPackage } from "./installed-package.ts";

/** For a second and a half: a proof needs several blocks of time. */
const REQUESTS = 750;
/** Those that are not GET. */
const NOT_MIRRORED = 15;
const FREE_PORTS = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

export const DEMO_ARGUMENTS = ["demo", "--exit", "--requests", `${REQUESTS}`, "--format", "json"];

interface DemoResult extends Partial<Accounting> {
  readonly code: number | null;
  readonly verdict: Verdict;
}

/** The demo finds the planted regressions, and compares every request that it mirrors. */
export const DEMO_RESULT: DemoResult = {
  code: 1,
  verdict: "fail",
  received: REQUESTS,
  compared: REQUESTS - NOT_MIRRORED,
  noiseCompared: REQUESTS - NOT_MIRRORED,
  skipped: {},
};

export async function useDemo(installed: InstalledPackage, nodeFolder: string): Promise<DemoResult> {
  const { code, stdout } = await startCommand(installed, nodeFolder, DEMO_ARGUMENTS).ended;
  const { verdict, accounting } = JSON.parse(stdout) as Report;
  return { code, verdict, ...accounting };
}

/** What `serve` shows for one request, while it runs and afterward. */
export const SERVE_RESULT = {
  response: { gcd: 6 },
  page: "shadowdiff",
  script: "application/javascript",
  api: 200,
  ended: { code: 0, stderr: "" },
  report: { received: 1, compared: 1, matched: 1 },
};

/** Sends a request through `serve`, loads the dashboard with its script and the API, ends it, and reads the report. */
export async function useServe(installed: InstalledPackage, nodeFolder: string): Promise<object> {
  const start = (args: readonly string[]) => startCommand(installed, nodeFolder, args);
  const service = start(["sample-service"]);
  const [, url = ""] = await service.untilStdout(/(http:\S+)/);
  const store = join(installed.folder, "serve.db");
  const serve = start(["serve", "--primary", url, "--candidate", url, "--store", store, ...FREE_PORTS]);
  const [, proxy = ""] = await serve.untilStdout(/^\s*proxy\s+(http:\S+)/m);
  const [, admin = ""] = await serve.untilStdout(/^\s*dashboard\s+(http:\S+?)\/?$/m);

  const response = await (await fetch(new URL("/gcd/12/18", proxy))).json();
  const page = await (await fetch(admin)).text();
  const script = await fetch(new URL(/<script [^>]*src="([^"]+)"/.exec(page)?.[1] ?? "", admin));
  const api = await fetch(`${admin}/api/v1/report`);
  const ended = await serve.stop();
  const { stdout } = await start(["report", "--store", store, "--format", "json"]).ended;
  return {
    response,
    page: /<title>(.*)<\/title>/.exec(page)?.[1],
    script: script.headers.get("content-type")?.split(";")[0],
    api: api.status,
    ended,
    report: (JSON.parse(stdout) as Report).accounting,
  };
}
