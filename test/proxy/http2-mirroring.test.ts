import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  type FrameConnection,
  endsRequest,
  FrameServer,
  REFUSED_STREAM,
  settings,
} from "../upstream/http2/frame-server.ts";
import { Gateway, rawResponse, RawUpstream } from "./proxy-harness.ts";
import { destination, forward, policy, route, subset } from "./route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(
  first: Buffer,
  candidate: (connection: FrameConnection, stream: number) => void,
): Promise<Gateway> {
  const primary = await RawUpstream.start((socket, text) => text.endsWith("x") && socket.write(rawResponse("ok")));
  const mirrored = await FrameServer.start({
    settings: first,
    onFrame: (connection, frame) => {
      if (endsRequest(frame)) candidate(connection, frame.stream);
    },
  });
  const v2 = policy({ ...subset("v2", mirrored.url), protocol: "h2" }, { methods: new Set(["POST"]) });
  const gateway = await Gateway.start({
    routes: [route("default", forward([destination(subset("v1", primary.url))], { candidates: [v2] }))],
  });
  stops.push(
    async () => gateway.stop(),
    async () => primary.stop(),
    async () => mirrored.stop(),
  );
  return gateway;
}

async function post({ port }: Gateway): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request({ port, host: "127.0.0.1", method: "POST" }, (response) => response.resume().on("end", resolve))
      .on("error", reject)
      .end("x");
  });
}

describe("a copy over HTTP/2", () => {
  it("that the candidate refuses on every connection is skipped: it says nothing about the version", async () => {
    const gateway = await start(settings(), (connection, stream) => connection.reset(stream, REFUSED_STREAM));
    await post(gateway);
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 1, mirrored: 1, "skipped:not-processed": 1 });
  });

  it("that the candidate refuses once is sent again with its body, and compared", async () => {
    const bodies: (string | undefined)[] = [];
    const gateway = await start(settings(), (connection, stream) => {
      bodies.push(connection.bodies.get(stream));
      if (bodies.length === 1) return connection.reset(stream, REFUSED_STREAM);
      connection.sendHeaders(stream, [":status", "200", "content-length", "2"]);
      return connection.send("DATA", 1, stream, Buffer.from("ok"));
    });
    await post(gateway);
    await gateway.settle();
    expect([bodies, gateway.exchanges[0]?.candidates.map(({ capture }) => capture.status)]).toEqual([
      ["x", "x"],
      [200],
    ]);
  });

  it("that is reset while it is processed is a difference", async () => {
    const gateway = await start(settings(), (connection, stream) => connection.reset(stream, 2));
    await post(gateway);
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges[0]?.candidates.map(({ capture }) => capture.failure?.kind)).toEqual(["reset"]);
  });
});
