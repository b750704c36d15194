import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Status } from "../../src/model/status.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad, type Load } from "./load.ts";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

let servers: (Server | undefined)[] = [];
let shadowdiff: Shadowdiff | undefined;
let load: Load | undefined;

afterEach(async () => {
  await load?.stop();
  await shadowdiff?.stop();
  stopServers(servers);
  servers = [];
});

/** The log lines about upstreams, without their time. */
function outages(): unknown[] {
  return (shadowdiff?.stderr() ?? "")
    .split("\n")
    .filter((line) => line.includes('"address"'))
    .map((line) => {
      const { level, role, subset, address, reason, msg } = JSON.parse(line) as Record<string, string>;
      return [level, role, subset, address, reason ?? msg?.replace(/[\d.]+ m?s; .*/, "…")];
    });
}

function stop(server: Server): string {
  const url = urlOf(server);
  server.close();
  server.closeAllConnections();
  return url;
}

describe("an upstream that is down", () => {
  it("is one line in the log when it goes down and one when it is back, over all proxy threads, and the report names it", async () => {
    const [primary, candidate, secondary] = await Promise.all([startEcho("one"), startEcho("two"), startEcho("one")]);
    servers = [primary, candidate, secondary];
    const address = urlOf(candidate);
    shadowdiff = await startShadowdiff({
      args: ["--primary", urlOf(primary), "--candidate", `v2=${address}`, "--secondary", urlOf(secondary)].concat([
        "--threads-proxy",
        "2",
        "--breaker-failures",
        "0",
      ]),
    });
    load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
    await shadowdiff.reportWhere(({ accounting }) => accounting.compared > 20);
    expect(outages()).toEqual([]);

    const { port } = candidate.address() as AddressInfo;
    stop(candidate);
    const down = ["warn", "candidate", "v2", address, "connection refused"];
    await expect.poll(outages).toEqual([down]);
    const { down: known = [] } = await shadowdiff.get<Status>("/api/v1/status");
    expect(known.map(({ since: _since, failed: _failed, ...rest }) => rest)).toEqual([
      { role: "candidate", subset: "v2", address, reason: "connection refused" },
    ]);

    const again = createServer((req, res) => res.end(JSON.stringify({ path: req.url, version: "two" })));
    servers.push(again);
    await new Promise<void>((resolve) => again.listen(port, "127.0.0.1", resolve));
    const back = ["info", "candidate", "v2", address, `the candidate v2 is back: ${address} responds again after …`];
    await expect.poll(outages).toEqual([down, back]);
    expect((await shadowdiff.get<Status>("/api/v1/status")).down).toEqual([]);
    await load.stop();
    const { endpoints } = await shadowdiff.reportWhere(({ accounting }) => accounting.inFlight === 0);
    const refused = endpoints.flatMap(({ causes }) =>
      causes.filter(({ title }) => title.includes("connection refused")),
    );
    expect(refused.map(({ title }) => title).join()).toContain(`connection refused at ${address}`);
    const failures = endpoints.flatMap(({ differences }) => differences.flatMap((field) => field.failures ?? []));
    expect(failures.find(({ reason }) => reason === "connection refused")).toMatchObject({ kind: "refused", address });
    expect(outages()).toEqual([down, back]);
  });

  it("is said at the start, before the first request; a primary is an error", async () => {
    const [primary, candidate] = await Promise.all([startEcho("one"), startEcho("two")]);
    const [primaryUrl, candidateUrl] = [stop(primary), stop(candidate)];
    shadowdiff = await startShadowdiff({
      args: ["--primary", primaryUrl, "--candidate", candidateUrl, "--secondary", "http://nowhere.invalid:1"],
    });
    await expect.poll(() => outages().length).toBe(3);
    expect(outages()).toContainEqual(["error", "primary", "primary", primaryUrl, "connection refused"]);
    expect(outages()).toContainEqual(["warn", "candidate", "candidate", candidateUrl, "connection refused"]);
    const unknown = expect.stringContaining("host name nowhere.invalid") as unknown;
    expect(outages()).toContainEqual(["warn", "secondary", "secondary", "http://nowhere.invalid:1", unknown]);
  });

  it("accepts connections and resets them: three requests in a row are an outage", async () => {
    const primary = await startEcho("one");
    const candidate = createServer((req) => req.socket.resetAndDestroy());
    await new Promise<void>((resolve) => candidate.listen(0, "127.0.0.1", resolve));
    servers = [primary, candidate];
    shadowdiff = await startShadowdiff({ args: ["--primary", urlOf(primary), "--candidate", urlOf(candidate)] });
    for (const path of ["/1", "/2", "/3"]) {
      await (await fetch(shadowdiff.proxy + path)).text();
    }
    await expect.poll(outages).toEqual([["warn", "candidate", "candidate", urlOf(candidate), "connection reset"]]);
  });

  it("is not excused by an acceptance of responses that broke off", async () => {
    const [primary, candidate] = await Promise.all([startEcho("one"), startBreaking()]);
    servers = [primary, candidate];
    shadowdiff = await startShadowdiff({
      args: ["--primary", urlOf(primary), "--candidate", urlOf(candidate), "--breaker-failures", "0"],
    });
    const { proxy, admin } = shadowdiff;
    const send = async (compared: number) => {
      await (await fetch(`${proxy}/items/1`)).text();
      return shadowdiff?.reportWhere(({ accounting }) => accounting.compared === compared);
    };
    const first = await send(1);
    const [cause] = first?.endpoints[0]?.causes ?? [];
    expect([cause?.title.replace(/ at .*/, ""), cause?.state]).toEqual([
      "connection closed after the response head",
      "new",
    ]);
    const response = await fetch(`${admin}/api/v1/reviews/${cause?.signature}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ decision: "accepted", reason: "known" }),
    });
    expect(response.status).toBe(200);
    const accepted = await shadowdiff.reportWhere(({ parity }) => parity.rate === 1);
    expect(accepted.endpoints[0]?.causes[0]?.state).toBe("accepted");

    stop(candidate);
    const refused = await send(2);
    expect(refused?.endpoints[0]?.causes[0]).toMatchObject({ state: "changed", count: 2 });
    expect(refused?.parity.rate).toBe(0);
  });
});

/** Starts a server that closes the connection within each response. */
async function startBreaking(): Promise<Server> {
  const server = createServer((_req, res) => {
    res.writeHead(200, { "content-length": "100" });
    res.write("{", () => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
