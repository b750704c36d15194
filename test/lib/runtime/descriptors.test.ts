import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createDescriptorCells,
  describeFewDescriptors,
  destroySocket,
  missingDescriptors,
  readDescriptorLimit,
  relieveDescriptors,
  setOtherDescriptors,
  shareDescriptors,
  trackSocket,
} from "../../../src/lib/runtime/descriptors.ts";
import { encodeFrame, PREFACE } from "../../proxy/listener/http2-frames.ts";
import { Gateway, rawResponse, RawUpstream, talk } from "../../proxy/proxy-harness.ts";

const GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

let relieved = 0;
const cells = createDescriptorCells(2);
const limit = readDescriptorLimit() ?? 0;
/** 1/16 of the limit, at most 256. */
const reserve = Math.min(limit / 16, 256);

/** Leaves this many descriptors free. */
const leave = (free: number): void => setOtherDescriptors(limit - free);

shareDescriptors(cells, 0, () => (relieved += 1));
beforeEach(() => {
  relieved = 0;
  readDescriptorLimit();
  leave(2 * reserve);
});
afterEach(() => setOtherDescriptors(0));

/** Those of this thread whose close event has not come. */
const openSockets = (): number => cells[2] ?? 0;

const missing = (): number[] => (["mirror", "idle", "client"] as const).map((use) => missingDescriptors(use));

describe("file descriptors", () => {
  it("are missing for the mirror first, then for idle clients, and last for new ones", () => {
    expect(missing()).toEqual([0, -reserve / 2, -reserve]);
    leave(reserve - 1);
    expect(missing()).toEqual([reserve + 1, reserve / 2 + 1, 1]);
  });

  it("are counted until a socket begins to close, in all threads together", async () => {
    const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port);
    trackSocket(socket);
    cells[5] = 3;
    expect(missingDescriptors("mirror")).toBe(4);
    destroySocket(socket);
    expect(missingDescriptors("mirror")).toBe(3);
    await once(socket, "close");
    destroySocket(socket);
    expect(missingDescriptors("mirror")).toBe(3);
    cells[5] = 0;
    server.close();
  });

  it("are closed on demand", () => {
    relieveDescriptors();
    expect(relieved).toBe(1);
  });

  it("are described only if there are few", () => {
    cells[0] = 1_023;
    setOtherDescriptors(50);
    // 1023 / 16 is the reserve.
    expect(describeFewDescriptors()).toMatch(
      /^the limit of open files is 1023, enough for about 454 clients at a time; raise it/,
    );
    cells[0] = 1_024;
    expect(describeFewDescriptors()).toBeNull();
  });
});

describe("a gateway with few descriptors left", () => {
  it.each([
    ["mirrors none of its requests", -1, 200, { received: 1, "dropped:descriptors": 1 }],
    ["refuses a client, without a request", -reserve - 1, 503, {}],
  ])("%s", async (_name, free, status, accounting) => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const gateway = await Gateway.start({ primary: upstream.url, candidates: [{ url: upstream.url }] });
    leave(2 * reserve + free);
    const text = await talk(gateway.port, GET);
    await gateway.settle();
    expect([text.slice(0, 12), gateway.accounting()]).toEqual([`HTTP/1.1 ${status}`, accounting]);
    expect([gateway.refusals, relieved > 0]).toEqual([status === 503 ? [[503, "descriptors"]] : [], true]);
    await gateway.stop();
    await upstream.stop();
  });
});

describe("a client that sends nothing", () => {
  it("leaves room for its request at first, and then takes only its own descriptor", async () => {
    const gateway = await Gateway.start({ primary: "http://127.0.0.1:1" });
    const client = connect(gateway.port, "127.0.0.1");
    await expect
      .poll(() => [missingDescriptors("mirror"), missingDescriptors("primary")], { interval: 1 })
      .toEqual([2, 1 - 1.25 * reserve]);
    await expect.poll(() => missingDescriptors("mirror")).toBe(1);
    const shed = once(client, "end");
    client.resume();
    await expect
      .poll(() => {
        gateway.listener.shedIdle(1);
        return missingDescriptors("mirror");
      })
      .toBe(0);
    await shed;
    client.destroy();
    await gateway.stop();
  });
});

describe("an idle HTTP/2 client", () => {
  it("frees its descriptor even if it does not close its side", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const gateway = await Gateway.start({ primary: upstream.url });
    const client = connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
    client.write(Buffer.concat([Buffer.from(PREFACE), encodeFrame("SETTINGS", 0, 0, Buffer.alloc(0))]));
    await once(client, "data");
    const shed = (): number => {
      gateway.listener.shedIdle(1);
      return openSockets();
    };
    expect(openSockets()).toBe(1);
    await expect.poll(shed).toBe(0);
    client.destroy();
    await gateway.stop();
    await upstream.stop();
  });
});
