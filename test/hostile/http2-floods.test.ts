import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { RawUpstream, rawResponse } from "../proxy/proxy-harness.ts";
import { HTTP2_FLOODS } from "./http2-floods.ts";

/** What a flood may occupy afterwards; the bodies that its clients do not read would be 800 MB. */
const MOST_GROWTH_MB = 200;
const LARGE_BODY = "x".repeat(128 * 1024);

let upstream: RawUpstream;
let shadowdiff: Shadowdiff;
beforeAll(async () => {
  upstream = await RawUpstream.start((socket, received) => {
    for (const [, path] of received.matchAll(/^GET (\S+) /gm))
      socket.write(rawResponse(path === "/large" ? LARGE_BODY : "ok"));
  });
  shadowdiff = await startShadowdiff({ args: ["--primary", upstream.url, "--candidate", upstream.url] });
});
afterAll(async () => {
  await shadowdiff.stop();
  await upstream.stop();
});

function residentMb(): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${shadowdiff.process.pid}/status`, "utf8"));
  return Number(line?.[1]) / 1024;
}

describe("a flood over HTTP/2 leaves other clients, the memory and the counts alone", () => {
  it.each(HTTP2_FLOODS)("$name", async (flood) => {
    const before = residentMb();
    const state = { isOver: false };
    const over = flood.run(Number(new URL(shadowdiff.proxy).port)).finally(() => (state.isOver = true));
    const responses: [number, string][] = [];
    do {
      const response = await fetch(`${shadowdiff.proxy}/calm`);
      responses.push([response.status, await response.text()]);
    } while (!state.isOver);
    await over;
    expect(responses).toEqual(responses.map(() => [200, "ok"]));
    expect(residentMb() - before).toBeLessThan(MOST_GROWTH_MB);
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length));
    expect(brokenInvariants(report)).toEqual([]);
  });
});
