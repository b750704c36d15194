import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium, openPage } from "../e2e/chromium.ts";
import { listening, stopServers, urlOf } from "../integration/echo.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { IS_FULL } from "./scale.ts";

const RUN = "window.executed = true";
/** Each would run in a page that does not escape what it shows. */
const PAYLOADS = [
  `<script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `"><img src=x onerror='${RUN}'>`,
  `<svg onload="${RUN}">`,
  `<svg><animate onbegin="${RUN}" attributeName=x dur=1s>`,
  `<iframe srcdoc="<script>parent.executed = true</script>">`,
  `<details open ontoggle="${RUN}">`,
  `<input autofocus onfocus="${RUN}">`,
  `<style>@import "http://evil.invalid/x.css";</style>`,
  `<link rel=stylesheet href="http://evil.invalid/x.css">`,
  `<base href="http://evil.invalid/">`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `{{constructor.constructor('${RUN}')()}}`,
  "${window.executed = true}",
  "\u202e\u2066evil\u2069 \u0000 \u001b[31m",
  `--><script>${RUN}</script><!--`,
];

/** How a payload is wrapped in a body of each type. */
const BODIES: Readonly<Record<string, (payload: string) => string>> = {
  "application/json": (payload) => JSON.stringify({ [payload]: payload, list: [payload] }),
  "text/html": (payload) => `<!doctype html><title>t</title><p title='x'>${payload}</p>`,
  "image/svg+xml": (payload) => `<svg xmlns="http://www.w3.org/2000/svg"><text>${payload}</text></svg>`,
  "text/plain": (payload) => payload,
  "text/csv": (payload) => `name,value\n"${payload.replaceAll('"', '""')}",1\n`,
};
const TYPES = Object.keys(BODIES);
const SCREENS = ["/", "/endpoints", "/latency", "/tail", "/runs", "/rules", "/reviews", "/control", "/configuration"];
const PAGES = IS_FULL ? 90 : 32;

let servers: Server[];
let shadowdiff: Shadowdiff;
let browser: Browser;

/** Responds with the payload of a path such as `/3/…`; the candidate adds to it, so that everything is shown as a difference. */
function respond(request: IncomingMessage, response: ServerResponse, added: string): void {
  const index = Number((request.url ?? "").split("/")[1]);
  const payload = `${PAYLOADS[index % PAYLOADS.length]}${added}`;
  const type = TYPES[index % TYPES.length] ?? "text/plain";
  const header = payload.replaceAll(/[^\t -~]/g, "?");
  response.writeHead(200, { "content-type": type, "x-payload": header, location: header, "x-frame": added });
  response.end(BODIES[type]?.(payload));
}

beforeAll(async () => {
  servers = await Promise.all(
    ["", " and more"].map((added) => listening(createServer((request, response) => respond(request, response, added)))),
  );
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  const name = ["--run-name", PAYLOADS[0] as string];
  shadowdiff = await startShadowdiff({ args: ["--primary", primary, "--candidate", candidate, ...name] });
  for (const [index, payload] of PAYLOADS.entries()) {
    const path = `/${index}/${encodeURIComponent(payload)}?q=${encodeURIComponent(payload)}`;
    const headers = { referer: payload.replaceAll(/[^\t -~]/g, "?") };
    await (await fetch(shadowdiff.proxy + path, { headers })).arrayBuffer();
  }
  await shadowdiff.reportWhere((report) => isAtRest(report, PAYLOADS.length));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await shadowdiff.stop();
  stopServers(servers);
});

it("nothing that was captured runs in the dashboard, opens a dialog, or contacts another host", async () => {
  const { page, complaints, requests } = await openPage(browser);
  const seen = new Set<string>();
  const { samples } = (await (await fetch(`${shadowdiff.admin}/api/v1/samples`)).json()) as {
    samples: { id: string }[];
  };
  expect(samples).toHaveLength(PAYLOADS.length);
  const paths = [...SCREENS, ...samples.map(({ id }) => `/sample/${encodeURIComponent(id)}`)];
  const waiting = paths.map((path) => shadowdiff.admin + path);
  const executed: string[] = [];
  for (let url = waiting.shift(); url !== undefined && seen.size < PAGES; url = waiting.shift()) {
    if (seen.has(url)) continue;
    seen.add(url);
    await page.goto(url);
    await page.locator("main h1, main h2").first().waitFor();
    await page.waitForLoadState("networkidle");
    const closed = page.locator("details:not([open]) > summary");
    while ((await closed.count()) > 0) await closed.first().click();
    if (await page.evaluate("window.executed === true")) executed.push(url);
    const links = await page
      .locator("a[href]")
      .evaluateAll((anchors) => anchors.map((anchor) => String(Reflect.get(anchor, "href"))));
    expect(links.filter((link) => !/^https?:/.test(link))).toEqual([]);
    waiting.push(...links.filter((link) => link.startsWith(shadowdiff.admin) && !link.includes("#")));
  }
  expect(executed).toEqual([]);
  expect(complaints).toEqual([]);
  expect(requests.filter((request) => !request.startsWith(shadowdiff.admin))).toEqual([]);
  expect(seen.size).toBe(PAGES);
});
