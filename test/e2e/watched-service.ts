import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchChromium, openPage, type WatchedPage } from "./chromium.ts";
import type { Started } from "./dashboard-process.ts";

const PROGRAM = join(import.meta.dirname, "dashboard-process.ts");

/** A service in two versions behind shadowdiff, and its dashboard in Chromium. */
export interface WatchedService {
  readonly started: Started;
  readonly watched: WatchedPage;
  stop(): Promise<void>;
}

/**
 * @param webRoot folder of the built dashboard
 * @param version starts a version of the service: once the candidate, twice the primary's
 * @param document configuration besides addresses and store
 */
export async function watchService(
  webRoot: string,
  version: (isCandidate: boolean) => Server,
  document: string,
): Promise<WatchedService> {
  const servers = [version(false), version(true), version(false)];
  const directory = await mkdtemp(join(tmpdir(), "shadowdiff-watched-"));
  const [primary, candidate, secondary] = servers.map(
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  const store = `sqlite:${join(directory, "test.db")}`;
  const flags = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", store, primary, candidate: [candidate], secondary };
  const child = fork(PROGRAM, [webRoot, JSON.stringify(flags), document]);
  const [browser, [started]] = await Promise.all([launchChromium(), once(child, "message") as Promise<[Started]>]);
  const watched = await openPage(browser);
  watched.page.setDefaultTimeout(60_000);
  return {
    started,
    watched,
    async stop() {
      await browser.close();
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      for (const server of servers) server.close();
      await rm(directory, { recursive: true });
    },
  };
}
