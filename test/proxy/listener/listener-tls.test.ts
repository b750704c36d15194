import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ListenTls } from "../../../src/model/config.ts";
import { type CertificateFiles, TestAuthority } from "../../tools/certificates.ts";
import { requireTool } from "../../tools/require-tool.ts";
import { Front } from "../front.ts";
import { rawResponse, RawClient, RawUpstream } from "../proxy-harness.ts";
import { ask, openHttp2 } from "./http2-exchange.ts";

const run = promisify(execFile);
let authority: TestAuthority;
let first: CertificateFiles;
let second: CertificateFiles;
beforeAll(() => {
  authority = new TestAuthority();
  first = authority.issue("first", "DNS:localhost,IP:127.0.0.1");
  second = authority.issue("second", "DNS:localhost,IP:127.0.0.1");
});
afterAll(() => authority.remove());

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const changes: (string | null)[] = [];
async function start(tls: ListenTls, response = rawResponse("ok")): Promise<Front> {
  changes.length = 0;
  const upstream = await RawUpstream.respondingWith(response);
  const front = await Front.start({
    upstream: upstream.url,
    listener: { tls, headTimeoutMs: 500, certificateChanged: (problem) => void changes.push(problem) },
  });
  stops.push(
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return front;
}

async function handshake(port: number, ALPNProtocols: string[] = []): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: "localhost",
    rejectUnauthorized: false,
    ALPNProtocols,
  });
  socket.on("error", () => {});
  stops.unshift(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

async function nameShown(port: number): Promise<string | string[] | undefined> {
  const socket = await handshake(port);
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return name;
}

describe("a listener with a certificate", () => {
  it("serves curl in HTTP/2 and, on request, in HTTP/1.1", async () => {
    const front = await start(first);
    const curl = async (...args: string[]): Promise<string> => {
      const url = `https://localhost:${front.port}/`;
      const out = ["-sS", "-w", " %{http_version}", "--cacert", authority.caFile];
      return (await run(requireTool("curl"), [...out, ...args, url])).stdout;
    };
    expect([await curl(), await curl("--http1.1")]).toEqual(["ok 2", "ok 1.1"]);
    expect(front.heads.map(({ scheme }) => scheme)).toEqual(["https", "https"]);
  });

  it("serves a client without ALPN in HTTP/1.1, byte for byte", async () => {
    const front = await start(first, rawResponse("ok", "X-b: 1\r\nx-B: 2\r\n"));
    const socket = await handshake(front.port);
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    await once(socket, "close");
    expect(text).toBe("HTTP/1.1 200 OK\r\nX-b: 1\r\nx-B: 2\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  });

  it("resets an HTTP/1.0 client whose response was cut, as in cleartext, without an error elsewhere", async () => {
    const upstream = await RawUpstream.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\nhello", () => setTimeout(() => socket.resetAndDestroy(), 50));
    });
    const front = await Front.start({ upstream: upstream.url, listener: { tls: first } });
    stops.push(
      async () => front.stop(),
      async () => upstream.stop(),
    );
    for (let round = 0; round < 2; round += 1) {
      const args = ["-sS", "--http1.0", "--cacert", authority.caFile, `https://localhost:${front.port}/`];
      const failed = await run(requireTool("curl"), args).then(
        () => null,
        (error: unknown) => error,
      );
      // 56: failure in receiving.
      expect(failed).toMatchObject({ code: 56, stdout: "hello" });
    }
    expect(front.ends).toEqual([
      { clientStatus: 200, primaryStatus: 200 },
      { clientStatus: 200, primaryStatus: 200 },
    ]);
  });

  it("refuses unknown protocols, TLS before 1.2, and cleartext", async () => {
    const front = await start(first);
    const failing = async (options: object): Promise<string> => {
      const socket = connect({ port: front.port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
      const [error] = (await once(socket, "error")) as [Error & { code?: string }];
      return error.code ?? error.message;
    };
    await expect(failing({ ALPNProtocols: ["spdy/3"] })).resolves.toMatch(/NO_APPLICATION_PROTOCOL/);
    await expect(
      failing({ maxVersion: "TLSv1.1", minVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }),
    ).resolves.toMatch(/PROTOCOL_VERSION|ALERT/);
    const plain = await RawClient.open(front.port);
    plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(await plain.closed()).toBe("");
    expect(front.heads).toEqual([]);
  });

  it("closes a connection without a handshake", async () => {
    const front = await start(first);
    const client = await RawClient.open(front.port);
    expect(await client.closed()).toBe("");
  });

  it("fails to start with a key that does not belong to the certificate, and names the files", async () => {
    await expect(start({ certFile: first.certFile, keyFile: second.keyFile })).rejects.toThrow(
      `the certificate ${first.certFile} with the key ${second.keyFile} cannot be used: `,
    );
  });
});

describe("a certificate that changes", () => {
  it("is used for new connections; open ones continue", async () => {
    const files = { certFile: join(authority.directory, "live.pem"), keyFile: join(authority.directory, "live.key") };
    copyFileSync(first.certFile, files.certFile);
    copyFileSync(first.keyFile, files.keyFile);
    const front = await start(files);
    const session = openHttp2(`https://127.0.0.1:${front.port}`, { rejectUnauthorized: false });
    stops.unshift(() => session.destroy());
    expect((await ask(session, "/")).status).toBe(200);
    expect(await nameShown(front.port)).toBe("first");

    copyFileSync(second.certFile, files.certFile);
    copyFileSync(second.keyFile, files.keyFile);
    await expect.poll(() => changes).toContain(null);
    expect(await nameShown(front.port)).toBe("second");
    expect((await ask(session, "/")).status).toBe(200);
    const curl = ["-sS", "--http2", "--cacert", authority.caFile, `https://localhost:${front.port}/`];
    expect((await run(requireTool("curl"), curl)).stdout).toBe("ok");
  });

  it("to an unusable one keeps the old one in use, and reports the problem", async () => {
    const files = { certFile: join(authority.directory, "bad.pem"), keyFile: join(authority.directory, "bad.key") };
    copyFileSync(first.certFile, files.certFile);
    copyFileSync(first.keyFile, files.keyFile);
    const front = await start(files);
    writeFileSync(files.certFile, "no certificate");
    await expect.poll(() => changes).toHaveLength(1);
    expect(changes[0]).toContain(`the certificate ${files.certFile} with the key ${files.keyFile} cannot be used: `);
    expect(await nameShown(front.port)).toBe("first");
  });
});
