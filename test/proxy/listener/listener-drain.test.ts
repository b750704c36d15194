import { createServer, request, type Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listening, stopServers, urlOf } from "../../integration/echo.ts";
import { Front } from "../front.ts";

const WAITING = 20;

describe("a listener that drains", () => {
  let primary: Server;
  let front: Front;
  beforeEach(async () => {
    primary = await listening(createServer((_, res) => res.end("served")));
    front = await Front.start({ upstream: urlOf(primary) });
  });
  afterEach(() => stopServers([primary]));

  it("serves the clients that the system has accepted already, and then refuses new ones", async () => {
    const responses = Array.from(
      { length: WAITING },
      () =>
        new Promise<string>((resolve, reject) => {
          const outgoing = request(front.url, { method: "POST", agent: false }, (response) => resolve(text(response)));
          outgoing.once("error", reject).end("content");
        }),
    );
    // The clients call connect, but this thread does not return to its event loop, so the listener knows none of them.
    for (let tick = 0; tick < 5; tick += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
    const drained = front.listener.drain(5_000);
    expect(await Promise.all(responses)).toEqual(Array.from({ length: WAITING }, () => "served"));
    await drained;
    const refused = connect(front.port, "127.0.0.1");
    await expect(new Promise((_, reject) => refused.once("error", reject))).rejects.toThrow("ECONNREFUSED");
    await front.client.destroy();
  });
});
