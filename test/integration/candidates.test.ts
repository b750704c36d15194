import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SampleDetail } from "../../src/model/sample.ts";
import type { EndpointReport, Report } from "../../src/model/report.ts";
import { Chameleon, wellBody, type BEHAVIOURS } from "./chameleon.ts";
import { startLoad, type Answer } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const CANDIDATE_TIMEOUT_MS = 2_500;
/** Far above what a loaded machine adds, far below what a request costs that waits for the candidate. */
const STUCK_MS = CANDIDATE_TIMEOUT_MS / 2;
const LOAD_MS = 500;
const CONNECTIONS = 8;
const LEAST_REQUESTS = 4 * CONNECTIONS;

function failures(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ path, status, body, ms }) => status !== 200 || body !== wellBody(path) || ms > STUCK_MS);
}

/** Requests for which the client had to open a connection; each client opens one, and keeps it if it may. */
function connectionsOpened(answers: readonly Answer[]): number {
  return answers.filter(({ reused }) => !reused).length;
}

/** Sends load for some time, and however slow the machine is until each connection was used a few times. */
async function loadFor(shadowdiff: Shadowdiff, name: string, ms = LOAD_MS): Promise<readonly Answer[]> {
  const load = startLoad(shadowdiff.proxy, (index) => `/${name}/${index}`, CONNECTIONS);
  await new Promise((resolve) => setTimeout(resolve, ms));
  while (load.answered() < LEAST_REQUESTS) await new Promise((resolve) => setTimeout(resolve, 10));
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
    // Each request is to be sent, whatever became of those before.
    const every = ["--breaker-failures", "0"];
    shadowdiff = await startShadowdiff({
      args: ["--primary", primary.url, "--candidate", candidate.url, ...timeout, ...every],
    });
    // Whatever the first requests cost (code that is not compiled yet), it is not the candidate.
    sent += (await loadFor(shadowdiff, "warm-up", 200)).length;
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    await Promise.all([primary.stop(), candidate.stop()]);
  });

  /** Sends load, and waits until everything is counted. */
  async function sufferUnderLoad(name: string): Promise<{ answers: readonly Answer[]; endpoint: EndpointReport }> {
    const answers = await loadFor(shadowdiff, name);
    sent += answers.length;
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, sent));
    expect(report.accounting).toMatchObject({
      received: sent,
      mirrored: sent,
      compared: sent,
      dropped: {},
      skipped: {},
    });
    const endpoint = report.endpoints.find((each) => each.endpoint === `GET /${name}/{id}`);
    if (endpoint === undefined) throw new Error(`no endpoint ${name}: ${JSON.stringify(report.endpoints)}`);
    return { answers, endpoint };
  }

  /** What the candidate did instead of answering, from the kept exchanges of an endpoint. */
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

  const cases: [string, keyof typeof BEHAVIOURS | "refused", RegExp][] = [
    ["is stopped", "refused", /^refused: connect ECONNREFUSED /],
    ["hangs before the head", "hungHead", /^timeout: /],
    ["hangs inside the body", "hungBody", /^timeout after status 200: /],
    ["resets the connection", "reset", /^reset: /],
    ["resets the connection inside the body", "resetInBody", /^reset(?: after status 200)?: /],
    ["sends a byte a second", "trickle", /^timeout after status 200: /],
    ["never ends its body", "endless", /^endless after status 200: /],
    ["answers garbage", "garbage", /^protocol: /],
  ];
  for (const [what, behaviour, finding] of cases) {
    it(`${what}: no client notices, and every exchange is a transport finding`, async () => {
      if (behaviour === "refused") await candidate.stop();
      else candidate.behaviour = behaviour;
      const { answers, endpoint } = await sufferUnderLoad(behaviour);
      if (behaviour === "refused") await candidate.start();

      expect(failures(answers)).toEqual([]);
      // Each client went on with the connection that it had: also the next request on it was served.
      expect(connectionsOpened(answers)).toBe(CONNECTIONS);
      const count = answers.length;
      expect(endpoint).toMatchObject({ compared: count, matched: 0, differed: count, verdict: "fail" });
      expect(endpoint.differences).toMatchObject([{ ...TRANSPORT, count }]);
      const findings = await findingsOf(endpoint.endpoint);
      expect(findings).not.toEqual([]);
      expect(findings.filter((found) => !finding.test(found))).toEqual([]);
    });
  }

  it("closes its idle connections: that is its right, and no finding", async () => {
    candidate.behaviour = "closeIdle";
    const { answers, endpoint } = await sufferUnderLoad("closeIdle");
    expect(failures(answers)).toEqual([]);
    expect(connectionsOpened(answers)).toBe(CONNECTIONS);
    expect(endpoint).toMatchObject({ compared: answers.length, matched: answers.length, differences: [] });
  });

  it("answers twice: no client notices, and no exchange gets an answer that was meant for another", async () => {
    candidate.behaviour = "chatter";
    const { answers, endpoint } = await sufferUnderLoad("chatter");
    expect(failures(answers)).toEqual([]);
    expect(connectionsOpened(answers)).toBe(CONNECTIONS);
    expect(endpoint.compared).toBe(answers.length);
    expect(endpoint.differences).toMatchObject(
      endpoint.differed === 0 ? [] : [{ ...TRANSPORT, count: endpoint.differed }],
    );
  });

  it("is well again: everything matches", async () => {
    candidate.behaviour = "well";
    candidate.dropConnections();
    const { answers, endpoint } = await sufferUnderLoad("well");
    expect(failures(answers)).toEqual([]);
    expect(endpoint).toMatchObject({ compared: answers.length, matched: answers.length, differences: [] });
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

  it("at the moment when a request is sent on one of them: no client notices", async () => {
    primary.behaviour = "closeIdle";
    const answers = await loadFor(shadowdiff, "closeIdle");
    expect(failures(answers)).toEqual([]);
    expect(connectionsOpened(answers)).toBe(CONNECTIONS);
    const { accounting } = await shadowdiff.reportWhere((now) => isAtRest(now, answers.length));
    expect(accounting).toMatchObject({ received: answers.length, matched: answers.length, skipped: {} });
  });
});

describe("a hung candidate beside one that is well", () => {
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

  it("fills its own bound only: every answer of the other is compared", async () => {
    const reportOf = (candidate: string) => shadowdiff.get<Report>(`/api/v1/report?candidate=${candidate}`);
    hung.behaviour = "hungHead";
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`, CONNECTIONS);
    await expect
      .poll(async () => (await reportOf("hung")).accounting.dropped.inflight ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(50);
    const answers = await load.stop();
    expect(failures(answers)).toEqual([]);

    const sent = answers.length;
    for (const candidate of ["hung", "well"]) {
      await expect.poll(async () => isAtRest(await reportOf(candidate), sent), { timeout: 10_000 }).toBe(true);
    }
    const [ofHung, ofWell] = [await reportOf("hung"), await reportOf("well")];
    expect(ofWell.accounting).toMatchObject({ received: sent, mirrored: sent, matched: sent, dropped: {} });
    const { received, mirrored, differed, dropped } = ofHung.accounting;
    expect([received, differed]).toEqual([sent, mirrored]);
    expect(dropped).toEqual({ inflight: sent - mirrored });
  });
});

describe("a hung candidate that reaches a bound", () => {
  const primary = new Chameleon();
  const candidate = new Chameleon();
  let shadowdiff: Shadowdiff | undefined;

  beforeAll(() => Promise.all([primary.start(), candidate.start()]));
  afterEach(() => shadowdiff?.stop());
  afterAll(() => Promise.all([primary.stop(), candidate.stop()]));

  const bounds: [string, "inflight" | "bytes", string[]][] = [
    ["of requests in flight", "inflight", ["--max-in-flight", "20"]],
    // The primary's answers wait in memory for the candidate's. The same bound holds, once more, for batches (`queue`).
    ["of captured bytes", "bytes", ["--capture-max-buffered-bytes", "2000", "--capture-max-body-bytes", "1000"]],
  ];
  for (const [what, reason, args] of bounds) {
    it(`${what}: the rest is dropped as ${reason}, and no client notices`, async () => {
      candidate.behaviour = "hungHead";
      const versions = ["--primary", primary.url, "--candidate", candidate.url];
      const timeout = ["--candidate-timeout", `${CANDIDATE_TIMEOUT_MS}ms`];
      shadowdiff = await startShadowdiff({ args: [...versions, ...timeout, ...args] });
      const load = startLoad(shadowdiff.proxy, (index) => `/bound/${index}`, CONNECTIONS);
      await shadowdiff.reportWhere(({ accounting }) => (accounting.dropped[reason] ?? 0) > 50);
      const answers = await load.stop();
      expect(failures(answers)).toEqual([]);
      expect(connectionsOpened(answers)).toBe(CONNECTIONS);

      const report = await shadowdiff.reportWhere((now) => isAtRest(now, answers.length));
      expect(brokenInvariants(report)).toEqual([]);
      const { received, mirrored, compared, differed, dropped } = report.accounting;
      expect(received).toBe(answers.length);
      expect(mirrored).toBeGreaterThan(0);
      expect(Object.keys(dropped).filter((other) => other !== reason && other !== "queue")).toEqual([]);
      expect([compared, differed]).toEqual([mirrored, mirrored]);
      expect(report.endpoints.flatMap(({ differences }) => differences)).toMatchObject([
        { ...TRANSPORT, count: mirrored },
      ]);
      await expect
        .poll(() => shadowdiff?.metric("shadowdiff_mirror_dropped_total", { reason }), { timeout: 5_000 })
        .toBe(dropped[reason]);
    });
  }
});
