/**
 * Measures the dashboard in Chromium, with the real program and traffic of real servers.
 *   npm run bench:web -- [--endpoints 500] [--many 10000] [--each 40] [--each-of-many 5] [--tabs 20] [--seconds 20]
 *     [--rate 200] [--out FILE]
 */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../e2e/chromium.ts";
import { goalsTable, shown, type JudgedGoal } from "../goals.ts";
import { writeResults } from "../machine.ts";
import { cpuOfThreads } from "../processes.ts";
import { readNumbers } from "../settings.ts";
import { table } from "../table.ts";
import { initialJavaScriptKb, JAVASCRIPT_BUDGET_KB } from "./initial-javascript.ts";
import { idleCost, measurePolls } from "./poll.ts";
import { costOfTabs, openUrl, scrollThrough, type Opened } from "./pages.ts";
import { rehearse, type Rehearsal } from "./traffic.ts";

const WEB_ROOT = join(import.meta.dirname, "../../../web/dist");
const MAIN_THREAD = "node-MainThread";
/** Without a change of the report, polls are measured faster than pages send them. */
const FAST_POLL_MS = 50;
const POLL_MS = 1_000;

const goals: JudgedGoal[] = [];

type Row = readonly [what: string, value: string];

function openedRows(name: string, { shownMs, interactiveMs, longestTaskMs, domNodes }: Opened): readonly Row[] {
  return [
    [`${name}: shown after, ms`, shown(shownMs)],
    [`${name}: interactive after, ms`, shown(interactiveMs)],
    [`${name}: longest task while opening, ms`, shown(longestTaskMs)],
    [`${name}: DOM nodes`, shown(domNodes)],
  ];
}

async function openedPage(browser: Browser, name: string, url: string, selector: string): Promise<readonly Row[]> {
  const opened = await openUrl(browser, url, selector);
  await opened.close();
  return openedRows(name, opened);
}

async function endpointList(browser: Browser, admin: string, count: number): Promise<readonly Row[]> {
  const name = `${count.toLocaleString("en")} endpoints`;
  const opened = await openUrl(browser, `${admin}/endpoints`, "[data-endpoint]");
  const scrolled = await scrollThrough(opened.page, ".virtual-scroll");
  await opened.close();
  return [
    ...openedRows(name, opened),
    [`${name}: longest task while scrolling, ms`, shown(scrolled.longestTaskMs)],
    [`${name}: DOM nodes while scrolling, at most`, shown(scrolled.domNodes)],
  ];
}

/** The page of a stored exchange of an endpoint. */
async function exchangeUrl(admin: string, endpoint: string): Promise<string> {
  const response = await fetch(`${admin}/api/v1/samples?limit=1&endpoint=${encodeURIComponent(endpoint)}`);
  const { samples } = (await response.json()) as { readonly samples: readonly { readonly id: string }[] };
  return `${admin}/sample/${encodeURIComponent(samples[0]?.id ?? "")}`;
}

async function tabs(browser: Browser, rehearsal: Rehearsal, path: string, visible: number): Promise<readonly Row[]> {
  const { tabs: count, seconds } = numbers;
  const name = `${count} tabs of ${path}, ${visible === count ? "all" : visible} visible`;
  const before = cpuOfThreads(rehearsal.pid, MAIN_THREAD);
  const began = performance.now();
  const cost = await costOfTabs(browser, `${rehearsal.admin}${path}`, { tabs: count, visible, seconds });
  const serverMs = (cpuOfThreads(rehearsal.pid, MAIN_THREAD) - before) / (performance.now() - began);
  return [
    [`${name}: kB per second`, shown(cost.bytesPerSecond / 1_000)],
    [`${name}: main threads of all tabs, ms per second`, shown(cost.mainThreadMsPerSecond)],
    [`${name}: main thread of shadowdiff, ms per second`, shown(serverMs)],
  ];
}

/** The program's own work, which goes on without polls, is subtracted. */
async function polls(rehearsal: Rehearsal, name: string, everyMs: number): Promise<void> {
  const { seconds } = numbers;
  const otherMsPerSecond = await idleCost(rehearsal, MAIN_THREAD, seconds);
  goals.push(...(await measurePolls(rehearsal, { name, seconds, everyMs, thread: MAIN_THREAD, otherMsPerSecond })));
}

async function ofService(browser: Browser, rehearsal: Rehearsal): Promise<readonly Row[]> {
  const { endpoints, tabs: count, rate } = numbers;
  const { admin } = rehearsal;
  const wide = `${admin}/endpoint?name=${encodeURIComponent("GET /wide/{id}")}`;
  const large = await exchangeUrl(admin, "GET /large/{id}");
  const rows = [
    ...(await openedPage(browser, "overview", `${admin}/`, "#verdict-title")),
    ...(await endpointList(browser, admin, endpoints)),
    ...(await openedPage(browser, "endpoint with 2,000 differing fields", wide, "[data-field]")),
    ...(await openedPage(browser, "exchange of 1 MB with 3 changes", large, "[data-difference]")),
  ];
  await polls(rehearsal, "nothing new", FAST_POLL_MS);
  rehearsal.keepSending(rate);
  await polls(rehearsal, `${rate} requests per second`, POLL_MS);
  const ofTabs = [
    ...(await tabs(browser, rehearsal, "/", 1)),
    ...(await tabs(browser, rehearsal, "/", count)),
    ...(await tabs(browser, rehearsal, "/endpoints", count)),
  ];
  return [...rows, ...ofTabs];
}

async function ofManyEndpoints(browser: Browser, { admin }: Rehearsal): Promise<readonly Row[]> {
  const { many } = numbers;
  const name = `overview of ${many.toLocaleString("en")} endpoints`;
  return [
    ...(await openedPage(browser, name, `${admin}/`, "#verdict-title")),
    ...(await endpointList(browser, admin, many)),
  ];
}

/** Rehearses a service, measures, and stops the program in any case. */
async function rehearsed(
  browser: Browser,
  [endpoints, each]: readonly [endpoints: number, each: number],
  measure: (browser: Browser, rehearsal: Rehearsal) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  if (endpoints === 0) return [];
  const rehearsal = await rehearse(endpoints, each);
  try {
    return await measure(browser, rehearsal);
  } finally {
    await rehearsal.stop();
  }
}

const { numbers, texts } = readNumbers(
  { endpoints: 500, many: 10_000, each: 40, "each-of-many": 5, tabs: 20, seconds: 20, rate: 200 },
  ["out"],
);
const browser = await launchChromium();
try {
  const javascript: Row = [
    `initial JavaScript after gzip, kB (budget ${JAVASCRIPT_BUDGET_KB})`,
    shown(initialJavaScriptKb(WEB_ROOT)),
  ];
  const rows = [
    javascript,
    ...(await rehearsed(browser, [numbers.endpoints, numbers.each], ofService)),
    ...(await rehearsed(browser, [numbers.many, numbers["each-of-many"]], ofManyEndpoints)),
  ];
  console.log(table([["", "value"], ...rows]));
  console.log(`\n${goalsTable(goals)}`);
  writeResults(texts["out"], { settings: numbers, rows: Object.fromEntries(rows), goals });
} finally {
  await browser.close();
}
