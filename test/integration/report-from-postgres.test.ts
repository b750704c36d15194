import { execFile } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { startPostgres } from "../tools/start-postgres.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { sendAll } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff } from "./shadowdiff.ts";

const CLI = join(import.meta.dirname, "../../src/shadowdiff.js");
const PATHS = Array.from({ length: 30 }, (_, index) => `/items/${index}`);

it("the command's report is that of the replica, while it runs and after it was killed, from what it had committed", async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.remove());
  const servers = await Promise.all([startEcho("one"), startEcho("two")]);
  onTestFinished(() => stopServers(servers));
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  const store = postgres.url(await postgres.createDatabase());
  const replica = await startShadowdiff({ args: ["--primary", primary, "--candidate", candidate], store });
  onTestFinished(async () => void (await replica.stop()));
  const command = async (): Promise<Report> => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      CLI,
      "report",
      "--store",
      store,
      "--format",
      "json",
    ]);
    return JSON.parse(stdout) as Report;
  };

  await sendAll(replica.proxy, PATHS);
  const running = await replica.reportWhere((now) => isAtRest(now, PATHS.length));
  expect(running.accounting.compared).toBe(PATHS.length);
  expect(await command()).toEqual(running);

  const exit = once(replica.process, "exit");
  replica.process.kill("SIGKILL");
  await exit;
  const { accounting, endpoints } = await command();
  expect(accounting).toEqual(running.accounting);
  expect(endpoints).toEqual(running.endpoints);
  expect(brokenInvariants(await command())).toEqual([]);
});
