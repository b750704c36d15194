import { describe, expect, it } from "vitest";
import { h2loadArgs, parseH2loadLog } from "./h2load.ts";
import { parseWrk } from "./wrk.ts";

const WRK_OUTPUT = `Running 5s test @ http://127.0.0.1:8080/items/42
  1 threads and 64 connections
  WorkerThread Stats   Avg      Stdev     Max   +/- Stdev
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

describe("wrk", () => {
  it("output is parsed, with latencies in microseconds", () => {
    expect(parseWrk(WRK_OUTPUT)).toEqual({
      requests: 99_123,
      perSecond: 19_821.33,
      p50Us: 980,
      p99Us: 1_050_000,
      errors: 13,
    });
  });
});

describe("h2load", () => {
  it("log is parsed: the ramp and failed responses are excluded from the percentiles; failures count as errors", () => {
    const begin = 1_795_263_075_000_000;
    const rows = [
      [begin + 500, 200, 9_000],
      [begin, 200, 8_000],
      [begin + 1_000, 200, 100],
      [begin + 2_000, 204, 300],
      [begin + 3_000, 503, 7_000],
      [begin + 4_000, -1, 6_000],
      [begin + 5_000, 200, 200],
    ];
    const log = rows.map((row) => `${row.join("\t")}\n`).join("");
    expect(parseH2loadLog(log, 1_000)).toEqual({ requests: 7, p50Us: 200, p99Us: 300, errors: 2 });
  });

  it("arguments contain the rate per connection, and open one connection per millisecond; over HTTP/2 requests share them", () => {
    const load = { url: "http://127.0.0.1:1/", connections: 64, body: "", directory: "/nowhere" };
    expect(h2loadArgs(load, 1_000, 6)).toEqual([
      "--h1",
      "--threads=1",
      "--clients=64",
      "--requests=6000",
      "--rps=15.625",
      "--rate=1",
      "--rate-period=1ms",
    ]);
    const shared = h2loadArgs({ ...load, protocol: "h2" }, 1_000, 6);
    expect(shared.slice(0, 5)).toEqual([
      "--max-concurrent-streams=8",
      "--threads=1",
      "--clients=8",
      "--requests=6000",
      "--rps=125",
    ]);
  });
});
