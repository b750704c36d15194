import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ForwardedConfig } from "../../src/model/config.ts";
import { type CertificateFiles, TestAuthority } from "../tools/certificates.ts";
import { Front } from "./front.ts";
import { openHttp2, responseOf } from "./listener/http2-exchange.ts";
import { Gateway, RawUpstream, rawResponse, talk } from "./proxy-harness.ts";

let authority: TestAuthority;
let certificate: CertificateFiles;
beforeAll(() => {
  authority = new TestAuthority();
  certificate = authority.issue("listener", "IP:127.0.0.1");
});
afterAll(() => authority.remove());

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function upstream(): Promise<RawUpstream> {
  const started = await RawUpstream.respondingWith(rawResponse("ok"));
  stops.push(async () => started.stop());
  return started;
}

const ALL: Partial<ForwardedConfig> = {
  mode: "append",
  headers: ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"],
  trusted: ["127.0.0.0/8"],
};
const SPOOFED = ["X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https", "X_Forwarded_For: 2.2.2.2"];

describe("fields that describe the client", () => {
  it.each([
    ["off", { mode: "off" }, [...SPOOFED, "Shadowdiff-Hop: 1"]],
    [
      "set",
      { ...ALL, mode: "set", trusted: [] },
      [
        "Shadowdiff-Hop: 1",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: a.test:8",
        'Forwarded: for=127.0.0.1;host="a.test:8";proto=http',
      ],
    ],
    [
      "append, trusted",
      ALL,
      [
        "X-Forwarded-Proto: https",
        "Shadowdiff-Hop: 1",
        "X-Forwarded-For: 1.1.1.1, 127.0.0.1",
        "X-Forwarded-Host: a.test:8",
        'Forwarded: for=127.0.0.1;host="a.test:8";proto=http',
      ],
    ],
    [
      "append, not trusted",
      { ...ALL, headers: ["x-forwarded-for"], trusted: ["10.0.0.0/8"] },
      ["Shadowdiff-Hop: 1", "X-Forwarded-For: 127.0.0.1"],
    ],
  ] as const)("%s: all legs of an exchange receive the same", async (_name, forwarded, lines) => {
    const legs = [await upstream(), await upstream(), await upstream()] as const;
    const [primary, candidate, secondary] = legs;
    const gateway = await Gateway.start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      secondary: { url: secondary.url },
      forwarded,
    });
    stops.push(async () => gateway.stop());
    const request = ["GET /p HTTP/1.1", "Host: a.test:8", ...SPOOFED, "Connection: close, X-Forwarded-For"];
    await talk(gateway.port, `${request.join("\r\n")}\r\n\r\n`);
    await gateway.settle();
    const expected = `${["GET /p HTTP/1.1", "Host: a.test:8", ...lines].join("\r\n")}\r\n\r\n`;
    expect(legs.map(({ received }) => received)).toEqual([expected, expected, expected]);
  });

  it("over TLS, for HTTP/1.1 and HTTP/2: the scheme is https", async () => {
    const primary = await upstream();
    const forwarded: ForwardedConfig = { mode: "set", headers: ["x-forwarded-proto", "forwarded"], trusted: [] };
    const front = await Front.start({ upstream: primary.url, listener: { tls: certificate, forwarded } });
    stops.push(async () => front.stop());
    const socket = connectTls({ port: front.port, host: "127.0.0.1", rejectUnauthorized: false });
    socket.write("GET /1 HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    const session = openHttp2(`https://127.0.0.1:${front.port}`, { rejectUnauthorized: false });
    stops.push(() => session.destroy());
    await responseOf(session.request([":method", "GET", ":authority", "a", ":path", "/2", "forwarded", "for=9.9.9.9"]));
    const lines =
      "Shadowdiff-Hop: 1\r\nX-Forwarded-Proto: https\r\nForwarded: for=127.0.0.1;host=a;proto=https\r\n\r\n";
    expect(primary.received).toBe(`GET /1 HTTP/1.1\r\nHost: a\r\n${lines}GET /2 HTTP/1.1\r\nhost: a\r\n${lines}`);
  });
});
