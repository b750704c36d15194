import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../tools/free-port.ts";
import { startPrometheus, type Prometheus } from "../tools/start-prometheus.ts";
import { startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";

/** Prometheus looks for targets every 5 s, then scrapes each second. */
const PATIENCE = { timeout: 30_000, interval: 250 };

/** Whether the last scrape went well: 1 or 0. */
async function up(prometheus: Prometheus): Promise<number | undefined> {
  return (await prometheus.query("up"))[0]?.value;
}

describe("metrics behind a token", () => {
  const directory = mkdtempSync(join(tmpdir(), "token-"));
  const started: (() => unknown)[] = [() => rmSync(directory, { recursive: true })];
  let shadowdiff: Shadowdiff;
  let stranger: Prometheus;
  let trusted: Prometheus;

  beforeAll(async () => {
    const tokenFile = join(directory, "admin_token");
    // As `openssl rand -hex 32` writes it, with a line end.
    writeFileSync(tokenFile, `${"0123456789abcdef".repeat(4)}\n`, { mode: 0o600 });
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const versions = ["--primary", nobody, "--candidate", nobody];
    shadowdiff = await startShadowdiff({ args: [...versions, "--admin-token-file", tokenFile] });
    started.push(() => shadowdiff.stop());
    const target = new URL(shadowdiff.admin).host;
    trusted = await startPrometheus({ target, tokenFile });
    started.push(() => trusted.stop());
    stranger = await startPrometheus({ target });
    started.push(() => stranger.stop());
  }, 60_000);
  afterAll(async () => {
    for (const stop of started.toReversed()) await stop();
  });

  it("are scraped with the token of the file, and not without", async () => {
    await expect.poll(() => up(trusted), PATIENCE).toBe(1);
    await expect.poll(() => up(stranger), PATIENCE).toBe(0);
    expect((await trusted.query("shadowdiff_build_info")).map(({ value }) => value)).toEqual([1]);
    expect(await stranger.query("shadowdiff_build_info")).toEqual([]);
  }, 90_000);
});
