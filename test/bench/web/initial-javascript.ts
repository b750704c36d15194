import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Kilobytes of compressed JavaScript that the dashboard loads before it shows anything. */
export const JAVASCRIPT_BUDGET_KB = 180;

/** The size of the scripts that `index.html` loads, in kilobytes after gzip. @param webRoot a build of the dashboard */
export function initialJavaScriptKb(webRoot: string): number {
  const html = readFileSync(join(webRoot, "index.html"), "utf8");
  const scripts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path = ""]) => path);
  if (scripts.length === 0) throw new Error("index.html loads no script");
  const bytes = scripts.map((path) => gzipSync(readFileSync(join(webRoot, path)), { level: 9 }).length);
  return bytes.reduce((sum, size) => sum + size, 0) / 1_000;
}
