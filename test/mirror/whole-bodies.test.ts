import { describe, expect, it } from "vitest";
import { rawResponse, RawClient, type RawUpstream, talk, withoutHopFields } from "../proxy/proxy-harness.ts";
import { createGateways } from "./gateways.ts";

const { start, upstream } = createGateways();

const POST = new Set(["POST"]);
const LENGTH = 2_000;
const BODY = "x".repeat(LENGTH);
const head = (length: number, more = ""): string =>
  `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${more}Content-Length: ${length}\r\n\r\n`;
/** No upstream listens there. */
const REFUSING = "http://127.0.0.1:1";

/** Responds when so many bytes of body have arrived. */
async function reading(length: number, text = "ok"): Promise<RawUpstream> {
  let received = "";
  return upstream((socket, piece) => {
    received += piece;
    if (received.length - (received.indexOf("\r\n\r\n") + 4) < length) return;
    received = "";
    socket.write(rawResponse(text));
  });
}

describe("a body that arrives with its head", () => {
  it.each([1, LENGTH, 16 * 1024, 16 * 1024 + 1, 60_000])(
    "reaches all upstreams as one that follows its head does: %i bytes",
    async (length) => {
      const body = "x".repeat(length);
      const requests = [];
      for (const pieces of [[head(length) + body], [head(length), body]]) {
        const [primary, candidate, secondary] = [await reading(length), await reading(length), await reading(length)];
        const gateway = await start({
          primary: primary.url,
          candidates: [{ url: candidate.url, methods: POST }],
          secondary: { url: secondary.url },
        });
        const client = await RawClient.open(gateway.port);
        for (const piece of pieces) {
          client.send(piece);
          await expect.poll(() => primary.received.length > 0).toBe(true);
        }
        await client.until((text) => text.endsWith("ok"));
        await gateway.settle();
        expect(gateway.exchanges).toMatchObject([
          { secondary: { identical: true }, candidates: [{ identical: true }] },
        ]);
        expect(gateway.collector.heldBytes).toBe(0);
        expect(candidate.received).toBe(primary.received);
        expect(secondary.received).toBe(primary.received);
        requests.push(primary.received.replaceAll(/127\.0\.0\.1:\d+/g, ""));
      }
      expect(requests[0]).toContain(`\r\n\r\n${body}`);
      expect(requests[1]).toBe(requests[0]);
    },
  );

  it("is not sent to a candidate without memory for it; the client gets its response", async () => {
    const [primary, candidate] = [await reading(LENGTH), await reading(LENGTH)];
    const gateway = await start({
      primary: primary.url,
      candidates: [
        { url: candidate.url, methods: POST, maxBufferedBytes: LENGTH - 1 },
        { url: candidate.url, methods: POST },
      ],
    });
    expect(await talk(gateway.port, head(LENGTH) + BODY)).toMatch(/ok$/);
    await gateway.settle();
    expect(gateway.accounting("candidate-0")).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(gateway.accounting("candidate-1")).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("leaves no memory taken for a secondary whose request has no candidate left", async () => {
    const [primary, other] = [await reading(LENGTH), await reading(LENGTH)];
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: other.url, methods: POST, maxBufferedBytes: LENGTH - 1 }],
      secondary: { url: other.url },
    });
    expect(await talk(gateway.port, head(LENGTH) + BODY)).toMatch(/ok$/);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(other.received).toBe("");
    expect(gateway.collector.budget.used).toBe(0);
  });

  it("frees its memory when the candidate cannot be reached, and when the primary cannot", async () => {
    const working = await reading(LENGTH);
    for (const [primary, candidate] of [
      [working.url, REFUSING],
      [REFUSING, REFUSING],
    ] as const) {
      const gateway = await start({ primary, candidates: [{ url: candidate, methods: POST }] });
      await talk(gateway.port, head(LENGTH) + BODY);
      await gateway.settle();
      expect(gateway.collector.budget.used).toBe(0);
    }
  });

  it("does not keep the client from the 100 that it expects", async () => {
    const primary = await reading(LENGTH);
    const gateway = await start({ primary: primary.url, candidates: [{ url: primary.url, methods: POST }] });
    const text = await talk(gateway.port, head(LENGTH, "Expect: 100-continue\r\n") + BODY);
    expect(withoutHopFields(text)).toBe(`HTTP/1.1 100 Continue\r\n\r\n${rawResponse("ok")}`);
    expect(primary.received).not.toContain("100-continue");
  });

  it("is followed by the next request on its connection", async () => {
    const primary = await reading(LENGTH);
    const gateway = await start({ primary: primary.url, candidates: [{ url: primary.url, methods: POST }] });
    const kept = head(LENGTH).replace("Connection: close\r\n", "") + BODY;
    const text = await talk(gateway.port, kept + kept + head(LENGTH) + BODY);
    expect(text.match(/ok/g)).toHaveLength(3);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 3, mirrored: 3 });
  });
});
