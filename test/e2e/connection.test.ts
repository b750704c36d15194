import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { launchChromium, openPage, type WatchedPage } from "./chromium.ts";
import type { Started } from "./dashboard-process.ts";

const PROGRAM = join(import.meta.dirname, "dashboard-process.ts");
const CLOCK = String.raw`\d\d:\d\d:\d\d [A-Z]\S*`;

let browser: Browser;
let upstream: Server;
let directory: string;
let watched: WatchedPage;
let child: ChildProcess | undefined;
beforeAll(async () => {
  upstream = createServer((_request, response) => response.end("ok")).listen(0, "127.0.0.1");
  [browser] = await Promise.all([launchChromium(), once(upstream, "listening")]);
});
afterAll(async () => {
  await browser?.close();
  upstream.close();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "shadowdiff-connection-"));
  watched = await openPage(browser);
  watched.page.setDefaultTimeout(60_000);
});
afterEach(async () => {
  await watched.page.context().close();
  await end("SIGKILL");
  await rm(directory, { recursive: true });
});

/** @param admin address of the dashboard */
async function start(admin = "127.0.0.1:0"): Promise<Started> {
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const store = `sqlite:${join(directory, "test.db")}`;
  const flags = { listen: "127.0.0.1:0", admin, store, primary: url, candidate: [url] };
  child = fork(PROGRAM, [inject("webRoot"), JSON.stringify(flags)]);
  const [started] = (await once(child, "message")) as [Started];
  return started;
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

/** Opens the overview of a run with traffic. */
async function openLive({ adminUrl, proxyUrl }: Started): Promise<void> {
  await fetch(`${proxyUrl}/one`);
  await watched.page.goto(adminUrl);
  await watched.page.locator("#verdict-title").waitFor();
  await watched.page.locator(".live-live").waitFor();
}

// Each waits for several timeouts of the page.
describe("the connection to the process", () => {
  it("a frozen process is shown as not responding with the time, and as live when it continues", async () => {
    await openLive(await start());
    child?.kill("SIGSTOP");
    const banner = watched.page.getByRole("alert").filter({ hasText: "has not responded since" });
    await banner.waitFor();
    expect(await banner.innerText()).toMatch(
      new RegExp(`^shadowdiff has not responded since ${CLOCK}\\. The page shows`),
    );
    expect(await watched.page.locator(".live").innerText()).toMatch(new RegExp(`^○ not responding since ${CLOCK}$`));
    // The last data stays, but does not look current.
    expect(await watched.page.locator(".stale #verdict-title").count()).toBe(1);
    child?.kill("SIGCONT");
    await watched.page.locator(".live-live").waitFor();
    await banner.waitFor({ state: "detached" });
    expect(await watched.page.locator(".stale").count()).toBe(0);
  });

  it("a killed process is shown as disconnected with the time, and its successor as restarted with another run", async () => {
    const first = await start();
    await openLive(first);
    const { page } = watched;
    await end("SIGKILL");
    const banner = page.getByRole("alert").filter({ hasText: "Disconnected since" });
    await banner.waitFor();
    expect(await banner.innerText()).toMatch(new RegExp(`^Disconnected since ${CLOCK}\\. The page shows the data`));
    expect(await page.locator(".stale #verdict-title").count()).toBe(1);
    // One message is enough.
    expect(await page.locator(".banner").count()).toBe(1);

    await start(new URL(first.adminUrl).host);
    await page.locator(".live-live").waitFor();
    const restarted = page.getByRole("status").filter({ hasText: "shadowdiff was restarted at" });
    await restarted.waitFor();
    await banner.waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "No traffic yet" }).waitFor();
    await restarted.getByRole("link", { name: "Show this page for the run before" }).click();
    await page.locator("#verdict-title").waitFor();
    await restarted.waitFor({ state: "detached" });
    // What is on the screen is no longer the run that is in progress.
    await page.locator(".live-ended").waitFor();
    await page.getByRole("link", { name: "Show the current run" }).click();
    await page.getByRole("heading", { name: "No traffic yet" }).waitFor();
    await restarted.getByRole("button", { name: "Dismiss" }).click();
    await restarted.waitFor({ state: "detached" });
  });

  it("a process that was stopped on purpose is shown as stopped, not as stopping for ever", async () => {
    await openLive(await start());
    const { page } = watched;
    await end("SIGTERM");
    const banner = page.getByRole("status").filter({ hasText: "shadowdiff was stopped at" });
    await banner.waitFor();
    expect(await banner.innerText()).toMatch(
      new RegExp(
        `^shadowdiff was stopped at ${CLOCK}\\. The page shows its last state\\. The counts are kept: shadowdiff report`,
      ),
    );
    expect(await page.locator(".live").innerText()).toMatch(new RegExp(`^■ stopped at ${CLOCK}$`));
    expect(await page.getByText("Shutting down.").count()).toBe(0);
    expect(await page.locator(".stale #verdict-title").count()).toBe(1);
  });
});
