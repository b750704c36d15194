import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Isolation } from "../../src/model/isolate/isolation.ts";
import { launchChromium, openPage } from "../e2e/chromium.ts";
import { buildDashboard } from "../e2e/dashboard.ts";
import { startDemoRun, type DemoRun } from "../e2e/demo-run.ts";

/**
 * Takes the pictures of docs/dashboard.md and of the README from a demo run: `npm run screenshots`. It needs no other program on the
 * machine, and about a minute.
 */

const IMAGES = join(import.meta.dirname, "../../docs/images");
const REQUESTS = 3_000;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const TALL = { width: 1440, height: 1250 };
const README = { width: 1280, height: 900 };
/** Sharp text in a fifth of the bytes of PNG. */
const QUALITY = 82;
/** Charts draw after their data has arrived. */
const DRAWN_MS = 1_500;

interface Picture {
  readonly name: string;
  readonly path: string;
  /** An element that shows that the page is complete. */
  readonly ready: string;
  readonly colorScheme: "light" | "dark";
  readonly size?: { readonly width: number; readonly height: number };
}

function picturesOf({ sample, cause }: DemoRun): readonly Picture[] {
  const endpoint = `/endpoint?name=${encodeURIComponent("GET /gcd/{id}/{id}")}`;
  return [
    { name: "dashboard", path: "/", ready: "#verdict-title", colorScheme: "light", size: README },
    { name: "dashboard-overview", path: "/", ready: "#verdict-title", colorScheme: "dark" },
    { name: "dashboard-endpoints", path: "/endpoints", ready: "[data-endpoint]", colorScheme: "light" },
    { name: "dashboard-endpoint", path: endpoint, ready: "[data-row]", colorScheme: "dark" },
    { name: "dashboard-cause", path: `/causes/${cause}`, ready: "[data-deciding]", colorScheme: "light", size: TALL },
    { name: "dashboard-exchange", path: `/sample/${sample}`, ready: "h1", colorScheme: "light" },
    { name: "dashboard-latency", path: "/latency", ready: "canvas", colorScheme: "dark" },
    { name: "dashboard-tail", path: "/tail", ready: "[data-tail]", colorScheme: "light" },
    { name: "dashboard-rules", path: "/rules", ready: "h1", colorScheme: "dark" },
    { name: "dashboard-reviews", path: "/reviews", ready: "h1", colorScheme: "light" },
    { name: "dashboard-runs", path: "/runs", ready: "[data-run]", colorScheme: "dark" },
    { name: "dashboard-control", path: "/control", ready: "[data-share]", colorScheme: "light" },
    { name: "dashboard-configuration", path: "/configuration", ready: "[data-option]", colorScheme: "dark" },
    { name: "dashboard-narrow-overview", path: "/", ready: "#verdict-title", colorScheme: "light", size: NARROW },
    { name: "dashboard-narrow-exchange", path: `/sample/${sample}`, ready: "h1", colorScheme: "dark", size: NARROW },
    { name: "dashboard-narrow-tail", path: "/tail", ready: "[data-tail]", colorScheme: "light", size: NARROW },
  ];
}

async function takePicture(page: Page, run: DemoRun, picture: Picture): Promise<void> {
  const { name, path, ready, colorScheme, size = WIDE } = picture;
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.goto(run.adminUrl + path);
  await page.locator(".live-live").waitFor();
  // The live tail shows only what happens now.
  if (path === "/tail") await run.send(60);
  await page.locator(ready).first().waitFor();
  await page.waitForTimeout(DRAWN_MS);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  await session.detach();
  const image = Buffer.from(data, "base64");
  await writeFile(join(IMAGES, `${name}.webp`), image);
  process.stdout.write(`${name}.webp  ${size.width}×${size.height}  ${Math.round(image.length / 1024)} KiB\n`);
}

/** Isolates a cause, and waits for the end. */
async function isolate({ adminUrl, cause }: DemoRun): Promise<void> {
  const path = `${adminUrl}/api/v1/isolations`;
  const { samples } = (await (await fetch(`${adminUrl}/api/v1/samples?cause=${encodeURIComponent(cause)}`)).json()) as {
    samples: readonly { id: string }[];
  };
  const body = JSON.stringify({ signature: cause, sampleId: samples[0]?.id, confirm: true });
  await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
  for (;;) {
    const { isolations } = (await (await fetch(path)).json()) as { isolations: readonly Isolation[] };
    if (isolations[0]?.endedAt !== null) return;
    await delay(200);
  }
}

await mkdir(IMAGES, { recursive: true });
const built = await buildDashboard();
const [browser, run] = await Promise.all([launchChromium(), startDemoRun(built.webRoot, REQUESTS)]);
try {
  const { page } = await openPage(browser);
  await isolate(run);
  for (const picture of picturesOf(run)) await takePicture(page, run, picture);
} finally {
  await browser.close();
  await run.stop();
  await built.remove();
}
