import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SampleDetail } from "../../src/model/sample.ts";
import type { EndpointReport, Report } from "../../src/model/report.ts";
import { Chameleon, expectedBody, type BEHAVIORS } from "./chameleon.ts";
import { startLoad, type LoadResponse } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const CANDIDATE_TIMEOUT_MS = 2_500;
/** Far above the latency on a loaded machine, far below that of a request that waits for the candidate. */
const STUCK_MS = CANDIDATE_TIMEOUT_MS / 2;
const LOAD_MS = 500;
const CONNECTIONS = 8;
const LEAST_REQUESTS = 4 * CONNECTIONS;

function failures(responses: readonly LoadResponse[]): LoadResponse[] {
  return responses.filter(
    ({ path, status, body, ms }) => status !== 200 || body !== expectedBody(path) || ms > STUCK_MS,
  );
}

/** Number of requests that opened a connection. Each client opens one, and reuses it if possible. */
function connectionsOpened(responses: readonly LoadResponse[]): number {
  return responses.filter(({ reused }) => !reused).length;
}

/** Sends load for some time, and at least until each connection was used a few times. */
async function loadFor(shadowdiff: Shadowdiff, name: string, ms = LOAD_MS): Promise<readonly LoadResponse[]> {
  const load = startLoad(shadowdiff.proxy, (index) => `/${name}/${index}`, CONNECTIONS);
  await new Promise((resolve) => setTimeout(resolve, ms));
  while (load.completed() < LEAST_REQUESTS) await new Promise((resolve) => setTimeout(resolve, 10));
  return load.stop();
}

const TRANSPORT = { section: "transport", path: "$", kind: "transport", noise: 0, both: 0, verdict: "real" };

describe("a candidate that fails under load", () => {
  const primary = new Chameleon();
  const candidate = new Chameleon();
  let shadowdiff: Shadowdiff;
  let sent = 0;

  beforeAll(async () => {
    await Promise.all([primary.start(), candidate.start()]);
    const timeout = ["--candidate-timeout", `${CANDIDATE_TIMEOUT_MS}ms`, "--max-in-flight", "10000"];
    // Every request is sent, even after failures.
    const every = ["--breaker-failures", "0"];
    shadowdiff = await startShadowdiff({
      args: ["--primary", primary.url, "--candidate", candidate.url, ...timeout, ...every],
    });
    // The first requests are slow because code is not compiled yet, and not because of the candidate.
    sent += (await loadFor(shadowdiff, "warm-up", 200)).length;
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    await Promise.all([primary.stop(), candidate.stop()]);
  });

  /** Sends load, and waits until everything is counted. */
  async function runUnderLoad(name: string): Promise<{ responses: readonly LoadResponse[]; endpoint: EndpointReport }> {
    const responses = await loadFor(shadowdiff, name);
    sent += responses.length;
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, sent));
    expect(report.accounting).toEqual({
      ...report.accounting,
      received: sent,
      mirrored: sent,
      compared: sent,
      dropped: {},
      skipped: {},
    });
    const endpoint = report.endpoints.find((each) => each.endpoint === `GET /${name}/{id}`);
    if (endpoint === undefined) throw new Error(`no endpoint ${name}: ${JSON.stringify(report.endpoints)}`);
    return { responses, endpoint };
  }

  /** The failures of the candidate, from the samples of an endpoint. */
  async function findingsOf(endpoint: string): Promise<string[]> {
    const samples = await shadowdiff.get<{ samples: { id: string }[] }>(
      `/api/v1/samples?endpoint=${encodeURIComponent(endpoint)}`,
    );
    const details = await Promise.all(
      samples.samples.map(({ id }) => shadowdiff.get<SampleDetail>(`/api/v1/samples/${encodeURIComponent(id)}`)),
    );
    const found = details.flatMap(({ differences }) => differences.map((difference) => `${difference.candidate}`));
    return [...new Set(found)];
  }

  const cases: [string, keyof typeof BEHAVIORS | "refused", RegExp][] = [
    ["is stopped", "refused", /^connection refused at http:/],
    ["hangs before the head", "hungHead", /^timed out \(.+ after the primary\) at http:/],
    ["hangs inside the body", "hungBody", /^timed out \(.+ after the primary\) after the response head at http:/],
    ["resets the connection", "reset", /^connection reset at http:/],
    ["resets the connection inside the body", "resetInBody", /^connection reset(?: after the response head)? at http:/],
    ["sends a byte a second", "trickle", /^timed out \(.+ after the primary\) after the response head at http:/],
    ["never ends its body", "endless", /^the response does not end$/],
    ["responds with garbage", "garbage", /^invalid response: .+ at http:/],
  ];
  for (const [what, behavior, finding] of cases) {
    it(`${what}: no client notices, and every exchange has a transport difference`, async () => {
      if (behavior === "refused") await candidate.stop();
      else candidate.behavior = behavior;
      const { responses, endpoint } = await runUnderLoad(behavior);
      if (behavior === "refused") await candidate.start();

      expect(failures(responses)).toEqual([]);
      // Each client kept its connection, so the next request on it was served as well.
      expect(connectionsOpened(responses)).toBe(CONNECTIONS);
      const count = responses.length;
      expect(endpoint).toMatchObject({ compared: count, matched: 0, differed: count, verdict: "fail" });
      expect(endpoint.differences).toMatchObject([{ ...TRANSPORT, count }]);
      const findings = await findingsOf(endpoint.endpoint);
      expect(findings).not.toEqual([]);
      expect(findings.filter((found) => !finding.test(found))).toEqual([]);
    });
  }

  it("closes its idle connections, which is not a difference", async () => {
    candidate.behavior = "closeIdle";
    const { responses, endpoint } = await runUnderLoad("closeIdle");
    expect(failures(responses)).toEqual([]);
    expect(connectionsOpened(responses)).toBe(CONNECTIONS);
    expect(endpoint).toMatchObject({ compared: responses.length, matched: responses.length, differences: [] });
  });

  it("responds twice: no client notices, and no exchange receives the response to another request", async () => {
    candidate.behavior = "chatter";
    const { responses, endpoint } = await runUnderLoad("chatter");
    expect(failures(responses)).toEqual([]);
    expect(connectionsOpened(responses)).toBe(CONNECTIONS);
    expect(endpoint.compared).toBe(responses.length);
    expect(endpoint.differences).toMatchObject(
      endpoint.differed === 0 ? [] : [{ ...TRANSPORT, count: endpoint.differed }],
    );
  });

  it("recovers: everything matches", async () => {
    candidate.behavior = "healthy";
    candidate.dropConnections();
    const { responses, endpoint } = await runUnderLoad("healthy");
    expect(failures(responses)).toEqual([]);
    expect(endpoint).toMatchObject({ compared: responses.length, matched: responses.length, differences: [] });
  });
});

describe("a primary that closes its idle connections", () => {
  const primary = new Chameleon();
  const candidate = new Chameleon();
  let shadowdiff: Shadowdiff;

  beforeAll(async () => {
    await Promise.all([primary.start(), candidate.start()]);
    shadowdiff = await startShadowdiff({ args: ["--primary", primary.url, "--candidate", candidate.url] });
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    await Promise.all([primary.stop(), candidate.stop()]);
  });

  it("at the moment when a request is sent on one of them, without any client noticing", async () => {
    primary.behavior = "closeIdle";
    const responses = await loadFor(shadowdiff, "closeIdle");
    expect(failures(responses)).toEqual([]);
    expect(connectionsOpened(responses)).toBe(CONNECTIONS);
    const { accounting } = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length));
    expect(accounting).toEqual({ ...accounting, received: responses.length, matched: responses.length, skipped: {} });
  });
});

describe("a candidate that hangs, and a healthy one", () => {
  const primary = new Chameleon();
  const [hung, well] = [new Chameleon(), new Chameleon()];
  let shadowdiff: Shadowdiff;

  beforeAll(async () => {
    await Promise.all([primary.start(), hung.start(), well.start()]);
    const candidates = ["--candidate", `hung=${hung.url}`, "--candidate", `well=${well.url}`];
    const limits = ["--candidate-timeout", `${CANDIDATE_TIMEOUT_MS}ms`, "--max-in-flight", "64"];
    shadowdiff = await startShadowdiff({ args: ["--primary", primary.url, ...candidates, ...limits] });
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    await Promise.all([primary.stop(), hung.stop(), well.stop()]);
  });

  it("reaches its own limit only: every response of the other candidate is compared", async () => {
    const reportOf = (candidate: string) => shadowdiff.get<Report>(`/api/v1/report?candidate=${candidate}`);
    hung.behavior = "hungHead";
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`, CONNECTIONS);
    await expect.poll(async () => (await reportOf("hung")).accounting.dropped.inflight ?? 0).toBeGreaterThan(50);
    const responses = await load.stop();
    expect(failures(responses)).toEqual([]);

    const sent = responses.length;
    for (const candidate of ["hung", "well"]) {
      await expect.poll(async () => isAtRest(await reportOf(candidate), sent)).toBe(true);
    }
    const [ofHung, ofWell] = [await reportOf("hung"), await reportOf("well")];
    expect(ofWell.accounting).toEqual({
      ...ofWell.accounting,
      received: sent,
      mirrored: sent,
      matched: sent,
      dropped: {},
    });
    const { received, mirrored, differed, dropped } = ofHung.accounting;
    expect([received, differed]).toEqual([sent, mirrored]);
    // Copies that wait for too long open the breaker, if the load goes on for so long.
    const { inflight = 0, breaker = 0, ...others } = dropped;
    expect([inflight + breaker, others]).toEqual([sent - mirrored, {}]);
  });
});

describe("a candidate that hangs until it reaches a limit", () => {
  const primary = new Chameleon();
  const candidate = new Chameleon();
  let shadowdiff: Shadowdiff | undefined;

  beforeAll(() => Promise.all([primary.start(), candidate.start()]));
  afterEach(() => shadowdiff?.stop());
  afterAll(() => Promise.all([primary.stop(), candidate.stop()]));

  const bounds: [string, "inflight" | "bytes", string[]][] = [
    ["of requests in flight", "inflight", ["--max-in-flight", "20"]],
    // The primary's responses wait in memory for the candidate's. The same limit applies again to batches (`queue`).
    ["of captured bytes", "bytes", ["--capture-max-buffered-bytes", "2000", "--capture-max-body-bytes", "1000"]],
  ];
  for (const [what, reason, args] of bounds) {
    it(`${what}: the rest is dropped as ${reason}, and no client notices`, async () => {
      candidate.behavior = "hungHead";
      const versions = ["--primary", primary.url, "--candidate", candidate.url];
      const timeout = ["--candidate-timeout", `${CANDIDATE_TIMEOUT_MS}ms`];
      shadowdiff = await startShadowdiff({ args: [...versions, ...timeout, ...args] });
      const load = startLoad(shadowdiff.proxy, (index) => `/bound/${index}`, CONNECTIONS);
      await shadowdiff.reportWhere(({ accounting }) => (accounting.dropped[reason] ?? 0) > 50);
      const responses = await load.stop();
      expect(failures(responses)).toEqual([]);
      expect(connectionsOpened(responses)).toBe(CONNECTIONS);

      const report = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length));
      expect(brokenInvariants(report)).toEqual([]);
      const { received, mirrored, compared, differed, dropped } = report.accounting;
      expect(received).toBe(responses.length);
      expect(mirrored).toBeGreaterThan(0);
      // Copies that wait for too long open the breaker, if the load goes on for so long.
      const expected = new Set([reason, "queue", "breaker"]);
      expect(Object.keys(dropped).filter((other) => !expected.has(other))).toEqual([]);
      expect([compared, differed]).toEqual([mirrored, mirrored]);
      expect(report.endpoints.flatMap(({ differences }) => differences)).toMatchObject([
        { ...TRANSPORT, count: mirrored },
      ]);
      await expect.poll(() => shadowdiff?.metric("shadowdiff_mirror_dropped_total", { reason })).toBe(dropped[reason]);
    });
  }
});
