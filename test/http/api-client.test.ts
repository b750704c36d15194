import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ApiClient } from "../../src/http/api-client.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function listen(handler: Parameters<typeof createServer>[1]): Promise<[URL, Server]> {
  const server = createServer(handler as () => void);
  await once(server.listen(0, "127.0.0.1"), "listening");
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return [new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=1`), server];
}

function client(connections = 1): ApiClient {
  const created = new ApiClient(connections);
  stops.unshift(() => created.close());
  return created;
}

const GET = { method: "GET", timeoutMs: 2_000 } as const;

describe("a request of shadowdiff itself", () => {
  it("is sent with its method, target, fields and body, over one connection", async () => {
    const seen: string[] = [];
    const sockets = new Set<unknown>();
    const [url] = await listen(async (request, response) => {
      const body = await request.toArray();
      sockets.add(request.socket);
      seen.push(`${request.method} ${request.url} ${String(request.headers["x-a"])} ${Buffer.concat(body).toString()}`);
      response.writeHead(201).end("é");
    });
    const api = client();
    const post = { ...GET, method: "POST", headers: { "x-a": "1" }, body: "hi" } as const;
    expect(await api.send(url, post)).toEqual({ status: 201, location: "", text: "é" });
    await api.send(url, GET);
    expect(seen).toEqual(["POST /a?b=1 1 hi", "GET /a?b=1 undefined "]);
    expect(sockets.size).toBe(1);
  });

  it("does not follow redirects", async () => {
    const [url] = await listen((_, response) => response.writeHead(302, { location: "/elsewhere" }).end());
    expect(await client().send(url, GET)).toEqual({ status: 302, location: "/elsewhere", text: "" });
  });

  it("is repeated once on a closed connection if it is a GET", async () => {
    let requests = 0;
    const [url] = await listen((request, response) => {
      requests += 1;
      if (requests % 2 === 1) request.socket.destroy();
      else response.end("ok");
    });
    expect((await client().send(url, GET)).text).toBe("ok");
    await expect(client().send(url, { ...GET, method: "POST" })).rejects.toThrow(
      "the connection was closed before the response",
    );
    expect(requests).toBe(3);
  });

  it("fails with a clause that says why there is no response", async () => {
    const [url, server] = await listen(() => {});
    await expect(client().send(new URL(url.href.replace("http:", "https:")), GET)).rejects.toThrow(
      "the server does not speak TLS",
    );
    await expect(client().send(url, { ...GET, timeoutMs: 50 })).rejects.toThrow("no response after 0.05 s");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(client().send(url, GET)).rejects.toThrow(/^connection refused$/);
    await expect(client().send(new URL("http://nowhere.invalid"), GET)).rejects.toThrow(
      "the name nowhere.invalid does not resolve",
    );
    const ssh = createTcpServer((socket) => socket.on("error", () => {}).end("SSH-2.0-x\r\n")).listen(0, "127.0.0.1");
    await once(ssh, "listening");
    stops.push(() => ssh.close());
    const { port } = ssh.address() as AddressInfo;
    await expect(client().send(new URL(`http://127.0.0.1:${port}`), GET)).rejects.toThrow("the response is not HTTP");
  });
});
