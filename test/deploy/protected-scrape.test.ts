import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../tools/free-port.ts";
import { startPrometheus, type Prometheus } from "../tools/start-prometheus.ts";
import { startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";

/** Prometheus discovers targets every 5 s, then scrapes every second. */
const PATIENCE = { interval: 250 };

/** 1 if the last scrape succeeded, otherwise 0. */
async function up(prometheus: Prometheus): Promise<number | undefined> {
  return (await prometheus.query("up"))[0]?.value;
}

async function send({ proxy }: Shadowdiff, traceId: string, flags: string): Promise<void> {
  await fetch(proxy, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-${flags}` } });
}

describe("metrics behind a token", () => {
  const directory = mkdtempSync(join(tmpdir(), "token-"));
  const started: (() => unknown)[] = [() => rmSync(directory, { recursive: true })];
  let shadowdiff: Shadowdiff;
  let withoutToken: Prometheus;
  let withToken: Prometheus;

  beforeAll(async () => {
    const tokenFile = join(directory, "admin_token");
    // With a line feed, like the output of `openssl rand -hex 32`.
    writeFileSync(tokenFile, `${"0123456789abcdef".repeat(4)}\n`, { mode: 0o600 });
    const unused = `http://127.0.0.1:${await freePort()}`;
    const versions = ["--primary", unused, "--candidate", unused];
    shadowdiff = await startShadowdiff({ args: [...versions, "--admin-token-file", tokenFile] });
    started.push(() => shadowdiff.stop());
    const target = new URL(shadowdiff.admin).host;
    withToken = await startPrometheus({ target, tokenFile });
    started.push(() => withToken.stop());
    withoutToken = await startPrometheus({ target });
    started.push(() => withoutToken.stop());
  });
  afterAll(async () => {
    for (const stop of started.toReversed()) await stop();
  });

  it("can be scraped only with the token", async () => {
    await expect.poll(() => up(withToken), PATIENCE).toBe(1);
    await expect.poll(() => up(withoutToken), PATIENCE).toBe(0);
    expect((await withToken.query("shadowdiff_build_info")).map(({ value }) => value)).toEqual([1]);
    expect(await withoutToken.query("shadowdiff_build_info")).toEqual([]);
  });

  it("leads from a bucket of durations to the trace of a request that was counted in it", async () => {
    const traces = { recorded: "0af7651916cd43dd8448eb211c80319c", other: "1".repeat(32) };
    await send(shadowdiff, traces.recorded, "01");
    const bucket = 'shadowdiff_upstream_request_duration_seconds_bucket{role="primary"}';
    await expect.poll(async () => (await withToken.exemplars(bucket)).length, PATIENCE).toBe(1);
    await send(shadowdiff, traces.other, "00");
    const count = "shadowdiff_upstream_request_duration_seconds_count";
    await expect.poll(async () => (await withToken.query(`${count}{role="primary"}`))[0]?.value, PATIENCE).toBe(2);
    const [series, ...others] = await withToken.exemplars(bucket);
    expect(others).toEqual([]);
    expect(series?.seriesLabels).toMatchObject({ role: "primary", subset: "primary", code: "0" });
    expect(series?.exemplars.map(({ labels }) => labels)).toEqual([{ trace_id: traces.recorded }]);
    // What a bucket counts is at most its bound.
    const { value } = series?.exemplars[0] ?? { value: "" };
    expect(Number(value)).toBeGreaterThan(0);
    expect(Number(value)).toBeLessThanOrEqual(Number(series?.seriesLabels["le"]));
  });
});
