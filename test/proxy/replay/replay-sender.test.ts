import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ScheduledRequest } from "../../../src/model/replay/replay-counts.ts";
import { createReplaySender, type SendRecorded } from "../../../src/proxy/replay/replay-sender.ts";
import { Gateway, type GatewayOptions, RawUpstream, rawResponse } from "../proxy-harness.ts";
import { REQUESTS } from "../route-builders.ts";

type Result = Parameters<Parameters<SendRecorded>[1]>[0];

const ALL = { methods: new Set(["GET", "POST"]) };
const MIB = 1024 * 1024;

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

/** An upstream whose responses wait for the test. */
async function upstream(): Promise<{ raw: RawUpstream; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const raw = await RawUpstream.start((socket) => void sockets.push(socket));
  stops.push(raw);
  return { raw, sockets };
}

async function respondingWith(body: string): Promise<RawUpstream> {
  const raw = await RawUpstream.respondingWith(rawResponse(body));
  stops.push(raw);
  return raw;
}

async function start(options: GatewayOptions) {
  const gateway = await Gateway.start({ ...options, isReplay: true });
  stops.unshift(gateway);
  const sender = createReplaySender(gateway.pipeline.serve, { ...REQUESTS, ...options.requests });
  const results: Result[] = [];
  return {
    gateway,
    results,
    send: (parts: Partial<ScheduledRequest>) =>
      sender(
        { method: "GET", target: "/", headers: [], lane: null, body: new Uint8Array(), dueMs: 0, bytes: 0, ...parts },
        (result) => results.push(result),
      ),
  };
}

describe("a replayed request", () => {
  it("ends when all versions have responded, and is compared", async () => {
    const [primary, candidate, secondary] = [await upstream(), await upstream(), await upstream()];
    const { gateway, results, send } = await start({
      primary: primary.raw.url,
      candidates: [{ url: candidate.raw.url }],
      secondary: { url: secondary.raw.url },
    });
    send({ target: "/a?b=1", headers: ["Host", "shop.example", "X-Id", "7"] });
    for (const [index, { sockets }] of [primary, candidate, secondary].entries()) {
      await expect.poll(() => sockets.length).toBe(1);
      expect(results).toEqual([]);
      sockets[0]?.write(rawResponse("ok"));
      await expect.poll(() => gateway.legs.length).toBe(index + 1);
    }
    await expect.poll(() => results).toEqual([{ isForwarded: true, failure: null }]);
    expect(primary.raw.received).toBe(
      "GET /a?b=1 HTTP/1.1\r\nHost: shop.example\r\nX-Id: 7\r\nShadowdiff-Hop: 1\r\n\r\n",
    );
    expect(candidate.raw.received).toBe(primary.raw.received);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges[0]?.backToBack).toBe(false);
  });

  it("is sent to the copies first as often as to the primary, so that no version has an advantage", async () => {
    const [primary, candidate] = [await respondingWith("ok"), await respondingWith("ok")];
    let drawn = 0.9;
    const { gateway, results, send } = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      random: () => drawn,
    });
    const lagsAfter = async (count: number): Promise<number> => {
      send({});
      await expect.poll(() => results.length).toBe(count);
      return gateway.lags.length;
    };
    // Afterwards the connections are open, so that only the order of dispatch decides which request is written first.
    const before = await lagsAfter(1);
    expect(await lagsAfter(2)).toBe(before + 1);
    drawn = 0.4;
    // A copy that is ahead has no lag.
    expect(await lagsAfter(3)).toBe(before + 1);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 3, mirrored: 3 });
  });

  it("gets the primary's authority on every leg if the recording names no host, or the configured one", async () => {
    const [primary, candidate] = [await respondingWith("ok"), await respondingWith("ok")];
    const first = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    first.send({});
    await expect.poll(() => first.results.length).toBe(1);
    const { host } = new URL(primary.url);
    expect([primary.received, candidate.received].map((text) => /^host: (.*)\r$/im.exec(text)?.[1])).toEqual([
      host,
      host,
    ]);
    const requests = { defaultHost: "default.example" };
    const second = await start({ primary: primary.url, candidates: [{ url: candidate.url }], requests });
    second.send({});
    await expect.poll(() => second.results.length).toBe(1);
    expect(primary.received).toContain("Host: default.example\r\n");
  });

  it("carries its body to every version, with a length", async () => {
    const body = Buffer.alloc(MIB, "0123456789");
    const arrived = new Map<string, string>();
    const start1 = async (name: string): Promise<RawUpstream> => {
      const raw: RawUpstream = await RawUpstream.start((socket) => {
        if (raw.received.length < MIB || !raw.received.endsWith(body.subarray(-100).toString())) return;
        arrived.set(name, raw.received);
        socket.write(rawResponse("ok"));
      });
      stops.push(raw);
      return raw;
    };
    const [primary, candidate] = [await start1("primary"), await start1("candidate")];
    const { results, send } = await start({ primary: primary.url, candidates: [{ url: candidate.url, ...ALL }] });
    send({ method: "POST", body, headers: ["Host", "h"] });
    await expect.poll(() => results).toEqual([{ isForwarded: true, failure: null }]);
    for (const name of ["primary", "candidate"]) {
      const [head = "", content = ""] = (arrived.get(name) ?? "").split("\r\n\r\n");
      expect(head).toContain(`\r\nContent-Length: ${MIB}`);
      expect(content === body.toString("latin1")).toBe(true);
    }
  });

  it("is sent to no version if no candidate takes its method, and ends at once", async () => {
    const [primary, candidate] = [await respondingWith("ok"), await respondingWith("ok")];
    const { gateway, results, send } = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    send({ method: "POST", body: Buffer.from("x") });
    expect(results).toEqual([{ isForwarded: false, failure: null }]);
    await gateway.settle();
    expect([primary.received, candidate.received]).toEqual(["", ""]);
    expect(gateway.accounting()).toEqual({ received: 1, "notMirrored:method": 1 });
  });

  it("ends without a forward when no route takes it, and with null when it is malformed", async () => {
    const primary = await respondingWith("ok");
    const { gateway, results, send } = await start({ primary: primary.url });
    gateway.reconfigure([]);
    send({});
    send({ target: "no-slash" });
    expect(results).toEqual([{ isForwarded: false, failure: null }, null]);
  });

  it("reports why the primary has not responded, once no copy is in flight", async () => {
    const [primary, candidate] = [await upstream(), await upstream()];
    const { gateway, results, send } = await start({
      primary: primary.raw.url,
      candidates: [{ url: candidate.raw.url }],
    });
    send({});
    await expect.poll(() => [primary.sockets.length, candidate.sockets.length]).toEqual([1, 1]);
    primary.sockets[0]?.destroy();
    await expect.poll(() => results[0]?.failure?.kind).toBe("reset");
    expect(results).toHaveLength(1);
    expect(gateway.mirror.inFlight).toBe(0);
    await expect.poll(() => candidate.sockets[0]?.destroyed).toBe(true);
  });
});
