import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { UpstreamProtocol, UpstreamTls } from "../../src/model/routing.ts";
import { createUpstreamClient } from "../../src/upstream/create-upstream-client.ts";
import { type CertificateFiles, TestAuthority } from "../tools/certificates.ts";
import { GET, LIMITS, run } from "./recording-handler.ts";

const PROTOCOLS = ["http1", "h2"] as const;
const NONE: UpstreamTls = {
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
  serverName: undefined,
  insecureSkipVerify: false,
};

let authority: TestAuthority;
let named: CertificateFiles;
let addressed: CertificateFiles;
let client: CertificateFiles;
beforeAll(() => {
  authority = new TestAuthority();
  named = authority.issue("named", "DNS:service.test");
  addressed = authority.issue("addressed", "IP:127.0.0.1");
  client = authority.issue("client", "DNS:client.test");
});
afterAll(() => authority.remove());

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Responds with the server name that the client sent, the name in the client certificate, and the protocol. */
async function start({ certFile, keyFile }: CertificateFiles, wantsCertificate = false): Promise<string> {
  const server = createSecureServer({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ca: readFileSync(authority.caFile),
    requestCert: wantsCertificate,
    rejectUnauthorized: wantsCertificate,
    allowHTTP1: true,
  });
  const sockets = new Set<TLSSocket>();
  server.on("secureConnection", (socket) => sockets.add(socket));
  server.on("request", (request, response) => {
    const socket = request.socket as TLSSocket;
    const peer = wantsCertificate ? socket.getPeerCertificate().subject.CN : "";
    response.end(`${String(socket.servername)} ${String(peer)} ${request.httpVersion}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(url: string, protocol: UpstreamProtocol, tls: Partial<UpstreamTls> | undefined): Promise<unknown> {
  const upstream = createUpstreamClient({ protocol, tls: tls && { ...NONE, ...tls } }, url, 1_000);
  stops.unshift(async () => upstream.destroy());
  // The client's Host must not affect trust.
  const handler = await run(upstream, LIMITS, { ...GET, headers: ["Host", "service.test"] });
  return handler.body === "" ? handler.events.at(-1) : handler.body;
}

describe.each(PROTOCOLS)("an https upstream over %s", (protocol) => {
  const version = protocol === "h2" ? "2.0" : "1.1";

  it("is trusted when the given authority has issued a certificate for its address", async () => {
    const url = await start(addressed);
    expect(await ask(url, protocol, { caFile: authority.caFile })).toBe(`false  ${version}`);
  });

  it("is not trusted without the authority", async () => {
    expect(await ask(await start(addressed), protocol, undefined)).toEqual(["fail", "tls"]);
  });

  it("is not trusted when its certificate names another host, whatever the client's Host is", async () => {
    expect(await ask(await start(named), protocol, { caFile: authority.caFile })).toEqual(["fail", "tls"]);
  });

  it("is trusted under the configured server name, which is sent as SNI", async () => {
    const tls = { caFile: authority.caFile, serverName: "service.test" };
    expect(await ask(await start(named), protocol, tls)).toBe(`service.test  ${version}`);
  });

  it("is not trusted under a server name that its certificate does not contain", async () => {
    const tls = { caFile: authority.caFile, serverName: "other.test" };
    expect(await ask(await start(named), protocol, tls)).toEqual(["fail", "tls"]);
  });

  it("is not verified with insecureSkipVerify", async () => {
    expect(await ask(await start(named), protocol, { insecureSkipVerify: true })).toBe(`false  ${version}`);
  });

  it("receives the client certificate, and refuses a connection without one", async () => {
    const url = await start(addressed, true);
    const ca = { caFile: authority.caFile };
    expect(await ask(url, protocol, { ...ca, ...client })).toBe(`false client ${version}`);
    // Under TLS 1.3 our handshake ends before the upstream refuses; its alert can be lost with the connection.
    expect(await ask(url, protocol, ca)).toEqual(["fail", expect.stringMatching(/^(?:tls|reset)$/)]);
  });
});

describe("TLS files", () => {
  it("that cannot be used are named at startup", () => {
    const tls = { ...NONE, certFile: named.certFile, keyFile: addressed.keyFile };
    expect(() => createUpstreamClient({ tls, protocol: "http1" }, "https://h.test", 1_000)).toThrow(
      `TLS to h.test: ${named.certFile}, ${addressed.keyFile} cannot be used: `,
    );
    expect(() =>
      createUpstreamClient({ tls: { ...NONE, caFile: "/nowhere/ca.pem" } }, "https://h.test", 1_000),
    ).toThrow("TLS to h.test: /nowhere/ca.pem cannot be used: ");
  });
});
