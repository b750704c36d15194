import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { requireTool } from "../tools/require-tool.ts";

const ARGUMENTS: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts Debian's Chromium, or the program that `CHROMIUM` names, with a fresh profile.
 * @throws without a Chromium, with the command that installs it
 */
export function launchChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? requireTool("chromium");
  return chromium.launch({ executablePath, args: [...ARGUMENTS] });
}

/** A page with everything that a correct page avoids. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors and warnings, uncaught exceptions, dialogs, violations of the Content-Security-Policy. */
  readonly complaints: readonly string[];
  /** URLs of all requests. */
  readonly requests: readonly string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  // A string, because the tests are compiled without the types of a browser.
  await page.addInitScript(`addEventListener("securitypolicyviolation", (event) => {
    console.error("policy: " + event.violatedDirective + " " + event.blockedURI);
  })`);
  return { page, complaints, requests };
}
