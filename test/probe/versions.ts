import { once } from "node:events";
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach } from "vitest";

/** A request as a version has received it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Names and values alternately; pseudo-header fields of HTTP/2 included. */
  readonly raw: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A version of a service. */
export interface Version {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  /** Stops it, and closes its connections. */
  stop(): void;
}

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** Starts versions of a service on free ports, which stop after the test. */
export function createVersions() {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });
  return async function start(reply: (seen: Seen) => Reply, protocol: "http1" | "h2" = "http1"): Promise<Version> {
    const seen: Seen[] = [];
    const handle = (
      request: IncomingMessage | Http2ServerRequest,
      response: ServerResponse | Http2ServerResponse,
    ): void => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const { method = "", url = "", rawHeaders: raw, headers } = request;
        const one = { method, url, raw, headers, body };
        seen.push(one);
        const { status = 200, headers: fields = {}, json, text = "" } = reply(one);
        response.statusCode = status;
        for (const [name, value] of Object.entries(fields)) response.setHeader(name, value);
        if (json !== undefined) response.setHeader("content-type", "application/json");
        response.end(json === undefined ? text : JSON.stringify(json));
      });
    };
    const server: Server = protocol === "h2" ? createHttp2(handle) : createHttp1(handle);
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => sockets.add(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const stop = (): void => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    stops.push(stop);
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, port, seen, stop };
  };
}
