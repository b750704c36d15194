import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Http1Client } from "../../../src/upstream/http1/http1-client.ts";
import { IdleTimeout } from "../../../src/upstream/http1/idle-timeout.ts";
import { rawResponse, RawUpstream } from "../../proxy/proxy-harness.ts";
import { run } from "../recording-handler.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe("the idle timeout of connections", () => {
  it("is the announced one minus a margin, four seconds, or less than the shortest observed one", () => {
    const timeout = new IdleTimeout();
    expect([timeout.after(-1, 0), timeout.after(75_000, 0), timeout.after(2_000, 0)]).toEqual([4_000, 73_000, 0]);
    timeout.observe(0, 10_000);
    expect(timeout.after(-1, 0)).toBe(4_000);
    timeout.observe(0, 2_000);
    timeout.observe(0, 3_000);
    expect([timeout.after(-1, 3_000), timeout.after(75_000, 3_000)]).toEqual([1_600, 73_000]);
  });

  it("is not learned from connections that were closed too soon for a timeout", () => {
    const timeout = new IdleTimeout();
    timeout.observe(0, 50);
    expect(timeout.after(-1, 0)).toBe(4_000);
  });

  it("is forgotten after ten minutes, because an upstream that restarts also closes idle connections", () => {
    const timeout = new IdleTimeout();
    timeout.observe(500, 1_000);
    timeout.observe(398_000, 400_000);
    expect([timeout.after(-1, 601_000), timeout.after(-1, 601_001)]).toEqual([400, 4_000]);
    timeout.observe(698_000, 700_000);
    expect(timeout.after(-1, 700_000)).toBe(1_600);
  });

  it("is learned: we close the second connection before the upstream does", async () => {
    const KEPT_MS = 1_500;
    const closedByUpstream: boolean[] = [];
    const raw = await RawUpstream.start((socket: Socket) => {
      let isOurs = true;
      const timer = setTimeout(() => {
        isOurs = false;
        socket.end();
      }, KEPT_MS);
      socket.once("end", () => {
        clearTimeout(timer);
        closedByUpstream.push(!isOurs);
      });
      socket.write(rawResponse("x"));
    });
    const client = new Http1Client(raw.url, 500);
    stops.push(
      async () => client.destroy(),
      async () => raw.stop(),
    );
    for (const connection of [0, 1]) {
      await run(client);
      await once(raw.sockets[connection] as Socket, "close");
    }
    expect(closedByUpstream).toEqual([true, false]);
  });
});
