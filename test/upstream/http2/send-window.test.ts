import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { Http2Client } from "../../../src/upstream/http2/http2-client.ts";
import type { LegRequest } from "../../../src/upstream/leg.ts";
import { GET, LIMITS, RecordingHandler, run } from "../recording-handler.ts";
import type { Frame } from "../../proxy/listener/http2-frames.ts";
import { endsRequest, type FrameConnection, FrameServer, uint32 } from "./frame-server.ts";

/** The window of a connection is 65,535 bytes. */
const MOST = 60_000;
const OK = ["end", []];

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type OnFrame = (connection: FrameConnection, frame: Frame) => void;

async function start(onFrame: OnFrame): Promise<[Http2Client, FrameServer]> {
  const server = await FrameServer.start({ onFrame });
  const client = new Http2Client(server.url, 500, {});
  stops.push(
    async () => client.destroy(),
    async () => server.stop(),
  );
  return [client, server];
}

function post(bytes: number): LegRequest {
  return { ...GET, method: "POST", body: Readable.from([Buffer.alloc(bytes)]) };
}

async function outcomes(client: Http2Client, requests: readonly LegRequest[]): Promise<unknown[]> {
  const ends: unknown[] = [];
  for (const request of requests) ends.push((await run(client, LIMITS, request)).events.at(-1));
  return ends;
}

const respond: OnFrame = (connection, frame) => {
  if (endsRequest(frame)) connection.respond(frame.stream);
};
const giveBack = (connection: FrameConnection, bytes: number): void =>
  connection.send("WINDOW_UPDATE", 0, 0, uint32(bytes));

describe("an upstream that does not return the window of the bodies that it has received", () => {
  it("gets the next bodies on another connection, and the first one is closed", async () => {
    const [client, server] = await start(respond);
    expect(await outcomes(client, [post(MOST), post(MOST), post(MOST)])).toEqual([OK, OK, OK]);
    expect(server.connections.length).toBe(3);
    await expect.poll(() => server.connections.map(({ socket }) => socket.readableEnded)).toEqual([true, true, false]);
  });

  it("gets requests without a body on the same connection", async () => {
    const [client, server] = await start(respond);
    expect(await outcomes(client, [post(MOST), GET, GET])).toEqual([OK, OK, OK]);
    expect(server.connections.length).toBe(1);
  });

  it("gets the next bodies on another connection although one that it does not take is under way", async () => {
    const [client, server] = await start(respond);
    const [blocked, body] = [new RecordingHandler(), new Readable({ read() {} })];
    body.push(Buffer.alloc(2 * MOST));
    client.send({ ...GET, method: "POST", body }, { headMs: 60_000, idleMs: 60_000, totalMs: 0 }, blocked);
    await expect.poll(() => server.connections[0]?.bodies.get(1)?.length).toBeGreaterThan(MOST);
    const limits = { headMs: 100, idleMs: 100, totalMs: 0 };
    const next = async (): Promise<unknown> => (await run(client, limits, post(10))).events.at(-1);
    await expect.poll(next).toEqual(OK);
    expect([server.connections.length, blocked.events]).toEqual([2, ["start"]]);
  });
});

describe("an upstream that ends all streams at a GOAWAY of the client, as Tomcat does", () => {
  it("completes the responses on a connection that gets no further streams", async () => {
    const [client, server] = await start((connection, frame) => {
      if (frame.type === "GOAWAY") connection.socket.destroy();
      if (connection !== server.connections[0] || frame.stream !== 1) respond(connection, frame);
    });
    const slow = new RecordingHandler();
    client.send(GET, LIMITS, slow);
    await expect.poll(() => server.connections[0]?.open.size).toBe(1);
    expect(await outcomes(client, [post(MOST), post(MOST)])).toEqual([OK, OK]);
    expect(server.connections.length).toBe(2);
    server.connections[0]?.respond(1);
    await slow.over;
    expect(slow.events.at(-1)).toEqual(OK);
    await expect.poll(() => server.connections[0]?.socket.destroyed).toBe(true);
  });
});

describe("an upstream that returns the window", () => {
  it("gets all bodies on one connection", async () => {
    const [client, server] = await start((connection, frame) => {
      if (frame.type === "DATA" && frame.payload.length > 0) giveBack(connection, frame.payload.length);
      respond(connection, frame);
    });
    expect(await outcomes(client, [post(MOST), post(MOST), post(MOST)])).toEqual([OK, OK, OK]);
    expect(server.connections.length).toBe(1);
  });

  it("late, when half of it is used, gets them on one connection too", async () => {
    let owed = 0;
    const [client, server] = await start((connection, frame) => {
      if (frame.type === "DATA") owed += frame.payload.length;
      if (owed >= 32_768) {
        giveBack(connection, owed);
        owed = 0;
      }
      respond(connection, frame);
    });
    const requests = Array.from({ length: 9 }, () => post(15_000));
    expect(await outcomes(client, requests)).toEqual(requests.map(() => OK));
    expect(server.connections.length).toBe(1);
  });
});
