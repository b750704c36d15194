import { describe, expect, it } from "vitest";
import type { Accounting } from "../../src/model/report.ts";
import { comparedShare, summarise, table, type Turn } from "./figures.ts";
import { parseWrk } from "./wrk.ts";

const OUTPUT = `Running 5s test @ http://127.0.0.1:8080/items/42
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.20ms    1.10ms  40.11ms   91.02%
    Req/Sec    19.91k     1.22k   22.17k    76.00%
  Latency Distribution
     50%  980.00us
     75%    3.31ms
     90%    4.02ms
     99%    1.05s
  99123 requests in 5.00s, 117.20MB read
  Socket errors: connect 0, read 3, write 1, timeout 2
  Non-2xx or 3xx responses: 7
Requests/sec:  19821.33
Transfer/sec:     23.44MB
`;

function turn(perSecond: number, cpuUsPerRequest: number | null): Turn {
  return {
    requests: perSecond * 5,
    perSecond,
    p50Us: 1e6 / perSecond,
    p99Us: 2e6 / perSecond,
    errors: 0,
    cpuUsPerRequest,
    comparedShare: null,
  };
}

function accounting(received: number, sampledOut: number, compared: number): Accounting {
  const mirrored = received - sampledOut;
  return {
    received,
    sampledOut,
    mirrored,
    compared,
    matched: compared,
    differed: 0,
    noiseCompared: 0,
    notMirrored: {},
    dropped: {},
    skipped: {},
  };
}

describe("the benchmark", () => {
  it("reads wrk's output, latencies in microseconds", () => {
    expect(parseWrk(OUTPUT)).toEqual({
      requests: 99_123,
      perSecond: 19_821.33,
      p50Us: 980,
      p99Us: 1_050_000,
      errors: 13,
    });
  });

  it("takes medians over turns and ratios to the first contender", () => {
    const [direct, proxied] = summarise([
      { name: "direct", turns: [turn(100, null), turn(400, null), turn(200, null)] },
      { name: "proxied", turns: [turn(50, 30), turn(100, 50), turn(25, 10)] },
    ]);
    expect(direct?.ratio).toEqual({ perSecond: 1, p50: 1, p99: 1 });
    expect(proxied?.median).toMatchObject({ perSecond: 50, p50Us: 20_000, cpuUsPerRequest: 30, comparedShare: null });
    expect(proxied?.ratio).toEqual({ perSecond: 0.25, p50: 4, p99: 4 });
  });

  it("tells how much of a turn was compared, and nothing where nothing is mirrored", () => {
    expect(comparedShare(accounting(100, 0, 100), accounting(300, 0, 250))).toBe(0.75);
    expect(comparedShare(accounting(100, 100, 0), accounting(300, 300, 0))).toBeNull();
    expect(comparedShare(null, null)).toBeNull();
  });

  it("prints one line for each contender", () => {
    expect(table(summarise([{ name: "direct", turns: [turn(100, null)] }]))).toBe(
      [
        "        requests/s  ÷ direct  p50 µs  ÷ direct  p99 µs  ÷ direct  CPU µs  compared  errors",
        "direct         100      1.00   10000      1.00   20000      1.00       –         –       0",
      ].join("\n"),
    );
  });
});
