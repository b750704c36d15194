import { afterEach, describe, expect, it } from "vitest";
import { rawResponse, Gateway, RawClient, RawUpstream, talk, withoutHopFields } from "./proxy-harness.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Respond = Parameters<typeof RawUpstream.start>[0];

async function mirrored(primary: Respond, candidate = primary): Promise<[Gateway, RawUpstream, RawUpstream]> {
  const [v1, v2] = [await RawUpstream.start(primary), await RawUpstream.start(candidate)];
  const gateway = await Gateway.start({
    primary: v1.url,
    candidates: [{ url: v2.url, methods: new Set(["GET", "HEAD", "POST"]) }],
  });
  stops.push(
    async () => gateway.stop(),
    async () => v1.stop(),
    async () => v2.stop(),
  );
  return [gateway, v1, v2];
}

/** Returns methods and paths of the requests, in order per connection. */
function requestsAt({ received }: RawUpstream): string[] {
  return [...received.matchAll(/^(\w+ \/\w*) HTTP\/1\.1\r\n/gm)].map(([, line]) => line ?? "");
}

const one = (method: string, path: string): string => `${method} /${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const post = (body: string): string => `POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const whenWhole: Respond = (socket, text) => {
  if (text.includes("hello")) socket.write(rawResponse("ok"));
};
const BODILESS: Readonly<Record<string, string>> = {
  head: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
  nothing: "HTTP/1.1 204 No Content\r\n\r\n",
  unchanged: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 123\r\n\r\n',
};
const byName: Respond = (socket, text) => {
  const name = /^\w+ \/(\w+)/.exec(text)?.[1] ?? "";
  const reply = BODILESS[name] ?? rawResponse(name);
  if (name === "slow") setTimeout(() => socket.write(reply), 50);
  else socket.write(reply);
};

describe("with a mirror", () => {
  it("pipelined requests get their responses in order, with or without a body, and each is copied once", async () => {
    // The candidate responds in reverse order, which must not matter.
    const hanging: Respond = (socket, text) => setTimeout(() => byName(socket, text), text.includes("/slow") ? 0 : 80);
    const [gateway, primary, candidate] = await mirrored(byName, hanging);
    const client = await RawClient.open(gateway.port);
    client.send(
      [
        one("GET", "slow"),
        one("HEAD", "head"),
        one("GET", "nothing"),
        one("GET", "unchanged"),
        one("GET", "last"),
      ].join(""),
    );
    const text = withoutHopFields(await client.until((text) => text.endsWith("last")));
    expect(text).toBe(
      [rawResponse("slow"), BODILESS["head"], BODILESS["nothing"], BODILESS["unchanged"], rawResponse("last")].join(""),
    );
    await gateway.settle();
    const requests = ["GET /slow", "HEAD /head", "GET /nothing", "GET /unchanged", "GET /last"].toSorted();
    expect(requestsAt(primary).toSorted()).toEqual(requests);
    expect(requestsAt(candidate).toSorted()).toEqual(requests);
    expect(gateway.accounting()).toEqual({ received: 5, mirrored: 5 });
    client.close();
  });

  it("pipelined requests keep their bodies separate, in copies too", async () => {
    const [gateway, primary, candidate] = await mirrored((socket, text) => {
      for (const [, body] of text.matchAll(/\r\n\r\n(a{3}|b{4})/g)) socket.write(rawResponse(body ?? ""));
    });
    const client = await RawClient.open(gateway.port);
    client.send(post("aaa") + post("bbbb"));
    const text = withoutHopFields(await client.until((text) => text.endsWith("bbbb")));
    expect(text).toBe(rawResponse("aaa") + rawResponse("bbbb"));
    await gateway.settle();
    for (const { received } of [primary, candidate]) {
      expect(received.match(/\r\n\r\n(?:aaa|bbbb)(?=$|POST)/g)?.toSorted()).toEqual(["\r\n\r\naaa", "\r\n\r\nbbbb"]);
    }
    client.close();
  });

  it("a pipelined request does not wait for a candidate that hangs", async () => {
    const [gateway, , candidate] = await mirrored(byName, () => {});
    const client = await RawClient.open(gateway.port);
    client.send(one("GET", "first") + one("GET", "second"));
    const text = withoutHopFields(await client.until((text) => text.endsWith("second")));
    expect(text).toBe(rawResponse("first") + rawResponse("second"));
    expect(requestsAt(candidate).toSorted()).toEqual(["GET /first", "GET /second"]);
    client.close();
  });

  it("an HTTP/1.0 client gets its response and the end of the connection; the copy is an HTTP/1.1 request", async () => {
    const [gateway, primary, candidate] = await mirrored(byName);
    expect(await talk(gateway.port, "GET /old HTTP/1.0\r\n\r\n")).toBe(
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold",
    );
    await gateway.settle();
    expect([primary, candidate].map(requestsAt)).toEqual([["GET /old"], ["GET /old"]]);
    // Both receive the primary's Host, because the client sent none.
    for (const { received } of [primary, candidate])
      expect(received).toMatch(new RegExp(`\r\nhost: 127.0.0.1:${primary.port}\r\n`, "i"));
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
  });

  it("an HTTP/1.0 client can keep its connection when the response has a length", async () => {
    const [gateway] = await mirrored(byName);
    const client = await RawClient.open(gateway.port);
    client.send("GET /first HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
    await client.until((text) => text.endsWith("first"));
    client.send("GET /second HTTP/1.0\r\nHost: h\r\n\r\n");
    expect(withoutHopFields(await client.closed())).toBe(rawResponse("first") + rawResponse("second"));
  });

  it("the listener responds to 100-continue once, before any upstream does, and forwards no expectation", async () => {
    const [gateway, primary, candidate] = await mirrored(whenWhole);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    await client.until((text) => text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    await client.until((text) => text.endsWith("ok"));
    expect(withoutHopFields(client.text)).toBe(`HTTP/1.1 100 Continue\r\n\r\n${rawResponse("ok")}`);
    await gateway.settle();
    for (const { received } of [primary, candidate]) {
      expect(received).toMatch(/\r\n\r\nhello$/);
      expect(received).not.toMatch(/expect/i);
    }
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    client.close();
  });
});
