/**
 * The plainest proxy that treats both sides well: node:http in front, undici's `dispatch` behind, header fields as raw
 * lists from end to end, back pressure, and a client that goes away ends its request.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Pool, type Dispatcher } from "undici";
import { peerArguments, serve } from "./peer.ts";

/** RFC 9110 §7.6.1, and what both of Node's HTTP sides write themselves. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const BAD_GATEWAY = 502;
const FIRST_FINAL_STATUS = 200;

const { port, upstream } = peerArguments();
const pool = new Pool(upstream, { connections: 128, pipelining: 1 });

class Exchange implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  #controller: Dispatcher.DispatchController | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("close", () => {
      if (!response.writableFinished) this.#controller?.abort(new Error("the client went away"));
    });
    response.on("drain", () => this.#controller?.resume());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#response.destroyed) controller.abort(new Error("the client went away"));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < FIRST_FINAL_STATUS) return;
    const fields = (controller.rawHeaders as readonly (Buffer | string)[]).map((text) =>
      typeof text === "string" ? text : text.toString("latin1"),
    );
    this.#response.writeHead(status, endToEnd(fields));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(): void {
    if (this.#response.headersSent) this.#response.destroy();
    else this.#response.writeHead(BAD_GATEWAY).end();
  }
}

function endToEnd(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name, value] = [fields[index] as string, fields[index + 1] as string];
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

function proxy(request: IncomingMessage, response: ServerResponse): void {
  const hasBody = request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
  pool.dispatch(
    {
      path: request.url ?? "/",
      method: request.method ?? "GET",
      headers: endToEnd(request.rawHeaders),
      body: hasBody ? request : null,
    },
    new Exchange(response),
  );
}

serve(createServer(proxy), port);
