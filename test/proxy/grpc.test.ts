import { Client, credentials, type ServerOptions, status as Status, type StatusObject } from "@grpc/grpc-js";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import { CONFIG, KEY } from "../compare/build-exchanges.ts";
import { call, ECHO, same, startGrpc, type Unary } from "./grpc-service.ts";
import { Gateway } from "./proxy-harness.ts";
import { destination, forward, policy, route, subset } from "./route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function upstream(unary: Unary, options: ServerOptions): Promise<string> {
  const service = await startGrpc(unary, options);
  stops.push(() => service.stop());
  return service.url;
}

async function start(primary: Unary, candidate = primary, options: ServerOptions = {}): Promise<[Gateway, Client]> {
  const [v1, v2] = [await upstream(primary, options), await upstream(candidate, options)];
  const h2 = { protocol: "h2" } as const;
  const gateway = await Gateway.start({
    routes: [
      route(
        "grpc",
        forward([destination({ ...subset("v1", v1), ...h2 })], {
          candidates: [policy({ ...subset("v2", v2), ...h2 }, { methods: new Set(["POST"]) })],
        }),
      ),
    ],
  });
  const client = new Client(`127.0.0.1:${gateway.port}`, credentials.createInsecure());
  stops.unshift(
    () => client.close(),
    async () => gateway.stop(),
  );
  return [gateway, client];
}

const echo: Unary = (bytes) => ({ bytes });
const slow: Unary = async (bytes) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { bytes };
};
const failing =
  (code: Status): Unary =>
  () => ({ error: { code, details: "broken" } });

/** Returns the differences of all mirrored exchanges. */
async function findings(gateway: Gateway): Promise<string[]> {
  await gateway.settle();
  const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
  const found = gateway.batches
    .flatMap((batch) => [...comparer.compare(batch).outcomes])
    .flatMap(({ endpoint, fields }) => [
      endpoint,
      ...fields.map(({ section, path, kind }) => `${section} ${path} ${kind}`),
    ]);
  // On a busy machine, equal exchanges are in several batches.
  return [...new Set(found)];
}

describe("gRPC through shadowdiff, HTTP/2 on both sides", () => {
  it("unary: message, status and trailers arrive", async () => {
    const [, client] = await start(echo);
    const message = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const reply = await call(client, message);
    expect(reply.bytes?.equals(message)).toBe(true);
    expect([reply.code, reply.trailer]).toEqual([Status.OK, ["yes"]]);
  });

  it("8 calls at once to upstreams that allow 2: all succeed, and nothing differs", async () => {
    const [gateway, client] = await start(slow, slow, { "grpc.max_concurrent_streams": 2 });
    const replies = await Promise.all(Array.from({ length: 8 }, async (_, index) => call(client, Buffer.of(index))));
    expect(replies.map(({ bytes, code }) => [bytes?.[0], code])).toEqual(replies.map((_, index) => [index, Status.OK]));
    await gateway.settle();
    expect([gateway.exchanges.length, await findings(gateway)]).toEqual([8, ["POST /test.Echo/Unary"]]);
  });

  it("unary: an error status with its message, without a body (trailers only)", async () => {
    const [, client] = await start(() => ({ error: { code: Status.NOT_FOUND, details: "no such thing, caf\u00e9" } }));
    const { bytes, code, details } = await call(client, Buffer.from("x"));
    expect([bytes, code, details]).toEqual([undefined, Status.NOT_FOUND, "no such thing, caf\u00e9"]);
  });

  it("server streaming", async () => {
    const [, client] = await start(echo);
    const { path } = ECHO.split;
    const stream = client.makeServerStreamRequest(path, same, same, Buffer.from("abc"));
    const parts: string[] = [];
    stream.on("data", (bytes: Buffer) => parts.push(String(bytes)));
    const [{ code }] = (await once(stream, "status")) as [StatusObject];
    expect([parts, code]).toEqual([["a", "b", "c"], Status.OK]);
  });

  it("client streaming", async () => {
    const [, client] = await start(echo);
    const result = await new Promise<Buffer | undefined>((resolve) => {
      const stream = client.makeClientStreamRequest(ECHO.join.path, same, same, (_error: unknown, value?: Buffer) =>
        resolve(value),
      );
      for (const part of ["a", "b", "c"]) stream.write(Buffer.from(part));
      stream.end();
    });
    expect(String(result)).toBe("abc");
  });

  it("bidirectional streaming: each response arrives before the next request message", async () => {
    const [, client] = await start(echo);
    const stream = client.makeBidiStreamRequest(ECHO.both.path, same, same);
    for (const part of ["a", "b", "c"]) {
      const response = once(stream, "data");
      stream.write(Buffer.from(part));
      expect(String((await response)[0])).toBe(part);
    }
    stream.end();
    const [{ code }] = (await once(stream.resume(), "status")) as [StatusObject];
    expect(code).toBe(Status.OK);
  });

  it("a call that the client cancels, or whose deadline passes, is canceled at the primary", async () => {
    const [gateway, client] = await start(echo);
    const stream = client.makeBidiStreamRequest(ECHO.both.path, same, same);
    stream.on("error", () => {});
    stream.write(Buffer.from("a"));
    await once(stream, "data");
    stream.cancel();
    await expect.poll(() => gateway.requests).toEqual([["POST", 200]]);
    expect((await call(client, Buffer.from("next"))).code).toBe(Status.OK);
  });

  it("fails with a status such as UNAVAILABLE when the primary is down", async () => {
    const gateway = await Gateway.start({
      routes: [route("grpc", forward([destination({ ...subset("v1", "http://127.0.0.1:1"), protocol: "h2" })]))],
    });
    const client = new Client(`127.0.0.1:${gateway.port}`, credentials.createInsecure());
    stops.unshift(
      () => client.close(),
      async () => gateway.stop(),
    );
    // 502 without grpc-status: clients derive the code from the HTTP status.
    expect((await call(client, Buffer.from("x"))).code).toBe(Status.UNAVAILABLE);
  });
});

describe("gRPC, mirrored and compared", () => {
  it("equal responses match, including trailers", async () => {
    const [gateway, client] = await start(echo);
    await call(client, Buffer.from("x"));
    expect(await findings(gateway)).toEqual(["POST /test.Echo/Unary"]);
    expect(gateway.accounting("v2")).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges[0]?.primary.trailers).toContain("grpc-status");
  });

  it("a different message is a body difference", async () => {
    const [gateway, client] = await start(echo, () => ({ bytes: Buffer.from("\x01other") }));
    expect(String((await call(client, Buffer.from("\x01text!"))).bytes)).toBe("\x01text!");
    expect(await findings(gateway)).toEqual(["POST /test.Echo/Unary", expect.stringMatching(/^body /)]);
  });

  it("a different grpc-status is a difference", async () => {
    const [gateway, client] = await start(failing(Status.INTERNAL), failing(Status.NOT_FOUND));
    expect((await call(client, Buffer.from("x"))).code).toBe(Status.INTERNAL);
    // grpc-js sends an error as a head without a body, which also contains the trailers.
    expect(await findings(gateway)).toEqual(["POST /test.Echo/Unary", "header grpc-status header"]);
  });

  it("a status in a trailers-only head differs from a status in trailers after a message", async () => {
    const [gateway, client] = await start(echo, failing(Status.NOT_FOUND));
    expect((await call(client, Buffer.from("x"))).code).toBe(Status.OK);
    expect((await findings(gateway)).filter((finding) => finding.includes("grpc-status"))).toEqual([
      "header grpc-status extra",
      "trailer grpc-status missing",
    ]);
  });
});
