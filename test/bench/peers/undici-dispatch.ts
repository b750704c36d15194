/**
 * The simplest correct proxy: node:http towards clients, undici's `dispatch` towards the upstream, raw header arrays,
 * backpressure, and an abort when the client disconnects.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Pool, type Dispatcher } from "undici";
import { peerArguments, serve } from "./peer.ts";

/** Hop-by-hop fields (RFC 9110 §7.6.1), and fields that Node writes itself. */
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
      if (!response.writableFinished) this.#controller?.abort(new Error("the client disconnected"));
    });
    response.on("drain", () => this.#controller?.resume());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#response.destroyed) controller.abort(new Error("the client disconnected"));
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
