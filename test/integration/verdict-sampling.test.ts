import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ControlView, SamplingView } from "../../src/model/control.ts";
import { sumReasons } from "../../src/presentation/verdict/accounting-sums.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { sendAll } from "./load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const BUDGET = 40;
/** One frequent endpoint, whose verdict is soon known, and a rare one, which needs all of its requests for as long. */
const OFTEN_PER_ROUND = 40;
const ROUND_MS = 200;
const MAX_ROUNDS = 250;

describe("--sampling verdict", () => {
  let servers: Server[];
  let shadowdiff: Shadowdiff;
  let startedAt: number;
  let sent = 0;

  beforeAll(async () => {
    servers = await Promise.all([startEcho("same"), startEcho("same")]);
    const [primary, candidate] = servers.map(urlOf) as [string, string];
    const sampling = ["--sampling", "verdict", "--budget", `${BUDGET}`, "--floor", "1"];
    // Latencies of a busy machine decide nothing here.
    const gate = ["--gate-parity", "0.9", "--gate-min-compared", "20", "--gate-latency-ratio", "1000"];
    startedAt = performance.now();
    shadowdiff = await startShadowdiff({
      args: ["--primary", primary, "--candidate", candidate, ...sampling, ...gate],
    });
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    stopServers(servers);
  });

  async function sampling(): Promise<SamplingView | undefined> {
    const { candidates } = await shadowdiff.get<ControlView>("/api/v1/control");
    return candidates[0]?.sampling;
  }

  it("lowers the share of an endpoint whose verdict is known to the floor, and mirrors a rare one in full", async () => {
    let view: SamplingView | undefined;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const isRare = round % 5 === 0;
      const paths = Array.from({ length: OFTEN_PER_ROUND }, (_, at) => (at === 0 && isRare ? "/seldom" : "/often"));
      const next = new Promise((resolve) => {
        setTimeout(resolve, ROUND_MS);
      });
      const responses = await sendAll(shadowdiff.proxy, paths);
      expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
      sent += paths.length;
      await next;
      view = await sampling();
      if (percentOf(view, "GET /often") === 100 / 64 && percentOf(view, "GET /seldom") === 100) break;
    }
    expect(view).toMatchObject({ budget: BUDGET, floor: 1 });
    expect(percentOf(view, "GET /often")).toBe(100 / 64);
    expect(percentOf(view, "GET /seldom")).toBe(100);
    expect(view?.needs).toEqual({ suspect: 0, undecided: 1, settled: 1 });
  });

  it("counts the rest as sampled out, and keeps its budget", async () => {
    const { accounting, endpoints } = await shadowdiff.reportWhere((now) => isAtRest(now, sent));
    expect(accounting.mirrored + accounting.sampledOut + sumReasons(accounting.dropped)).toBe(sent);
    expect(accounting.lost).toBe(0);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(accounting.mirrored).toBeLessThanOrEqual(BUDGET * seconds + 2 * BUDGET);
    const [often, seldom] = ["GET /often", "GET /seldom"].map((name) =>
      endpoints.find((each) => each.endpoint === name),
    );
    expect(often?.share).toBeLessThan(0.5);
    expect(seldom?.share).toBeGreaterThan(often?.share ?? 1);
    expect(await shadowdiff.metric("shadowdiff_sampling_budget", { candidate: "candidate" })).toBe(BUDGET);
  });
});

function percentOf(view: SamplingView | undefined, endpoint: string): number | undefined {
  return view?.endpoints.find((each) => each.endpoint === endpoint)?.percent;
}
