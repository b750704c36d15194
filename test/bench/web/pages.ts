import { setTimeout as delay } from "node:timers/promises";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";

const SCROLL_STEPS = 60;
const SCROLL_PAUSE_MS = 30;
const VIEWPORT = { width: 1440, height: 900 };
/** After this time without a long task, a page is interactive. */
const QUIET_MS = 500;
const PATIENCE_MS = 20_000;

/** Collects the long tasks of the main thread: start and duration in milliseconds since the navigation. */
const COLLECT_TASKS = `window.longTasks = [];
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) window.longTasks.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });`;

type LongTask = readonly [startMs: number, durationMs: number];

export interface Opened {
  readonly page: Page;
  /** Milliseconds from the navigation until the element was there; Infinity if it never was. */
  readonly shownMs: number;
  /** The same until the main thread had finished its last long task. */
  readonly interactiveMs: number;
  readonly longestTaskMs: number;
  readonly domNodes: number;
  close(): Promise<void>;
}

/** Opens a URL in a browser without a cache, and waits for an element. */
export async function openUrl(browser: Browser, url: string, selector: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  await page.addInitScript(COLLECT_TASKS);
  await page.goto(url, { waitUntil: "commit" });
  const isShown = await page.waitForSelector(selector, { timeout: PATIENCE_MS }).catch(() => null);
  const shownMs = isShown === null ? Infinity : ((await page.evaluate("performance.now()")) as number);
  await delay(QUIET_MS);
  const tasks = await longTasks(page);
  return {
    page,
    shownMs,
    interactiveMs: Math.max(shownMs, ...tasks.map(([start, duration]) => start + duration)),
    longestTaskMs: longest(tasks),
    domNodes: await domNodes(page),
    close: () => context.close(),
  };
}

export interface Scrolled {
  readonly longestTaskMs: number;
  /** The most nodes in the page while scrolling. */
  readonly domNodes: number;
}

/** Scrolls an element from top to bottom with the wheel. */
export async function scrollThrough(page: Page, selector: string): Promise<Scrolled> {
  await page.evaluate("window.longTasks.length = 0");
  await page.hover(selector);
  const height = (await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).scrollHeight`)) as number;
  let most = 0;
  for (let step = 0; step < SCROLL_STEPS; step += 1) {
    await page.mouse.wheel(0, height / SCROLL_STEPS);
    await delay(SCROLL_PAUSE_MS);
    most = Math.max(most, await domNodes(page));
  }
  await delay(QUIET_MS);
  return { longestTaskMs: longest(await longTasks(page)), domNodes: most };
}

async function longTasks(page: Page): Promise<readonly LongTask[]> {
  return (await page.evaluate("window.longTasks")) as readonly LongTask[];
}

function longest(tasks: readonly LongTask[]): number {
  return Math.max(0, ...tasks.map(([, duration]) => duration));
}

async function domNodes(page: Page): Promise<number> {
  return (await page.evaluate("document.querySelectorAll('*').length")) as number;
}

export interface TabCost {
  readonly bytesPerSecond: number;
  /** Milliseconds of the main threads of all tabs per second. */
  readonly mainThreadMsPerSecond: number;
}

/**
 * Opens a page in many tabs, of which some say that they are hidden, and measures them for some seconds. Each has a profile of its
 * own, because a browser opens only six connections to a server, and a visible tab keeps one for its events.
 */
export async function costOfTabs(
  browser: Browser,
  url: string,
  { tabs, visible, seconds }: { readonly tabs: number; readonly visible: number; readonly seconds: number },
): Promise<TabCost> {
  const opened: Tab[] = [];
  for (let index = 0; index < tabs; index += 1) opened.push(await openTab(browser, url, index < visible));
  await delay(3_000);
  const before = await total(opened);
  await delay(seconds * 1_000);
  const after = await total(opened);
  for (const { context } of opened) await context.close();
  return {
    bytesPerSecond: (after.bytes - before.bytes) / seconds,
    mainThreadMsPerSecond: (after.taskMs - before.taskMs) / seconds,
  };
}

interface Tab {
  readonly context: BrowserContext;
  readonly session: CDPSession;
  readonly bytes: () => number;
}

async function openTab(browser: Browser, url: string, isVisible: boolean): Promise<Tab> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  if (!isVisible) {
    await page.addInitScript(`Object.defineProperty(document, "hidden", { get: () => true });
      Object.defineProperty(document, "visibilityState", { get: () => "hidden" });`);
  }
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Performance.enable");
  let bytes = 0;
  session.on("Network.responseReceived", ({ response }) => (bytes += response.encodedDataLength));
  session.on("Network.dataReceived", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(url);
  return { context, session, bytes: () => bytes };
}

async function total(tabs: readonly Tab[]): Promise<{ readonly bytes: number; readonly taskMs: number }> {
  let [bytes, taskMs] = [0, 0];
  for (const tab of tabs) {
    const { metrics } = await tab.session.send("Performance.getMetrics");
    bytes += tab.bytes();
    taskMs += (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1_000;
  }
  return { bytes, taskMs };
}
