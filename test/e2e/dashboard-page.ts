import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, inject } from "vitest";
import { launchChromium, openPage, type WatchedPage } from "./chromium.ts";
import { startDashboard, type Dashboard, type DashboardOptions } from "./dashboard.ts";

interface DashboardPage {
  /** The page of the current test. */
  readonly watched: WatchedPage;
  /** Starts a dashboard that is closed when the test ends. */
  start(options?: Omit<DashboardOptions, "webRoot">): Promise<Dashboard>;
  /** Closes every dashboard started in this test. */
  stop(): Promise<void>;
}

/** One browser per test file, and a page per test. */
export function dashboardPage(): DashboardPage {
  let browser: Browser | undefined;
  let watched: WatchedPage;
  let started: Dashboard[] = [];
  const stop = async (): Promise<void> => {
    for (const dashboard of started) await dashboard.close();
    started = [];
  };
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    watched = await openPage(browser as Browser);
  });
  afterEach(async () => {
    await watched.page.context().close();
    await stop();
  });
  return {
    get watched() {
      return watched;
    },
    async start(options = {}) {
      const dashboard = await startDashboard({ webRoot: inject("webRoot"), ...options });
      started.push(dashboard);
      return dashboard;
    },
    stop,
  };
}
