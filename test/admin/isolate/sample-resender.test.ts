import { describe, expect, it } from "vitest";
import { type ResentSample, SampleResender } from "../../../src/admin/isolate/sample-resender.ts";
import type { Config } from "../../../src/model/config.ts";
import type { ProbeRequest, ProbeResult, ProbeTarget } from "../../../src/model/isolate/probe.ts";
import type { Sample } from "../../../src/model/sample.ts";
import { configWith, routeTo } from "../admin-fixture.ts";

const NOTHING: ProbeResult = {
  at: 0,
  endpoint: "GET /items",
  failure: null,
  legs: null,
  statuses: { primary: 200, candidate: 200, secondary: null },
  paired: false,
  fields: [],
  differences: [],
};

function sampleOf(candidate: string, parts: Partial<Sample> = {}): Sample {
  const legs = { primary: { subset: "v1" }, candidate: { subset: candidate }, secondary: null };
  const request = { method: "GET", target: "/items?a=1", headers: ["Host", "a"] };
  return { id: "x", route: "default", candidate, fields: [], ...request, legs, ...parts } as unknown as Sample;
}

/** A resender whose clock moves by waiting only. */
function create(isolate: Partial<Config["isolate"]> = {}) {
  const base = configWith({});
  const routes = [
    routeTo(
      "default",
      ["v2", "v3"].map((subset) => ({ subset, percent: 100 })),
    ),
  ];
  const config = { ...base, routes, isolate: { ...base.isolate, enabled: true, perSecond: 5, ...isolate } };
  const sent: { at: number; request: ProbeRequest; target: ProbeTarget }[] = [];
  const pending: ((result: ProbeResult) => void)[] = [];
  let at = 1_000;
  const resender = new SampleResender({
    runner: {
      probe: (request, target) => {
        sent.push({ at, request, target });
        return new Promise((resolve) => pending.push(resolve));
      },
    },
    current: () => config,
    now: () => at,
    async wait(ms) {
      at += ms;
      await Promise.resolve();
    },
  });
  const send = (sample: Sample, options = {}): Promise<ResentSample> =>
    resender.resend(sample, options, new AbortController().signal);
  return { send, sent, respond: () => pending.shift()?.(NOTHING) };
}

/** Lets everything run that does not wait for a response. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("samples that are sent again", () => {
  it("follow each other at the configured rate, for each candidate, and never overlap", async () => {
    const { send, sent, respond } = create();
    const first = send(sampleOf("v2"));
    await settle();
    await expect(send(sampleOf("v2"))).rejects.toMatchObject({ code: "resend-running" });
    const other = send(sampleOf("v3"));
    await settle();
    respond();
    respond();
    await Promise.all([first, other]);
    const second = send(sampleOf("v2"));
    await settle();
    respond();
    await second;
    expect(sent.map(({ at, target }) => [at, target.candidate])).toEqual([
      [1_000, "v2"],
      [1_000, "v3"],
      [1_200, "v2"],
    ]);
    expect(sent[0]?.target).toEqual({
      purpose: "resend",
      route: "default",
      candidate: "v2",
      primary: "v1",
      measuresNoise: true,
      knownPaths: [],
    });
  });

  it("are not sent without confirmation, with another method, or on a route that no longer has their versions", async () => {
    const { send, sent } = create({ enabled: false });
    await expect(send(sampleOf("v2"))).rejects.toMatchObject({ code: "confirm-needed", status: 409 });
    const unsafe = sampleOf("v2", { method: "DELETE" });
    await expect(send(unsafe, { confirm: true })).rejects.toMatchObject({ code: "not-resendable" });
    for (const gone of [sampleOf("v9"), sampleOf("v2", { route: "old" })]) {
      await expect(send(gone, { confirm: true })).rejects.toMatchObject({
        code: "not-resendable",
        remedy: "Use a sample of the current configuration.",
      });
    }
    expect(sent).toEqual([]);
  });

  it("lack no part of their path, even if the other masked parts are left out", async () => {
    const { send, sent, respond } = create();
    const headers = ["Host", "a", "Authorization", "[redacted:01234567]"];
    const masked = sampleOf("v2", { target: "/reset/[redacted:89abcdef]", headers });
    await expect(send(masked, { leaveOutMasked: true })).rejects.toMatchObject({
      code: "masked-request",
      message: "These parts of the request were not stored: path 2.",
    });
    const filled = send(masked, { leaveOutMasked: true, secrets: { "path 2": "abc" } });
    await settle();
    respond();
    await filled;
    expect(sent.map(({ request }) => [request.target, request.headers])).toEqual([["/reset/abc", ["Host", "a"]]]);
  });
});
