import type { Duplex } from "node:stream";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../../src/model/capture.ts";
import type { ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../../src/upstream/leg.ts";

export const GET: LegRequest = { method: "GET", target: "/", headers: ["Host", "h"], body: null };
export const LIMITS: LegTimeouts = { headMs: 2_000, idleMs: 2_000, totalMs: 0 };

/** Records the calls of a leg. */
export class RecordingHandler implements ResponseHandler {
  readonly events: unknown[] = [];
  body = "";
  connectMs: number | null | undefined;
  socket: Duplex | undefined;
  detail = "";
  failure: TransportFailure | undefined;
  readonly over: Promise<void>;
  #resolve: () => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => (this.#resolve = resolve));
  }

  start(connectMs: number | null): void {
    this.connectMs = connectMs;
    this.events.push("start");
  }

  quirk(quirk: ProtocolQuirk): void {
    this.events.push(["quirk", quirk]);
  }

  interim(status: number, headers: RawHeaders): void {
    this.events.push(["interim", status, headers]);
  }

  head(status: number, reason: string, headers: RawHeaders): void {
    this.events.push([status, reason, headers]);
  }

  data(chunk: Buffer): void {
    this.body += chunk.toString("latin1");
  }

  end(trailers: RawHeaders): void {
    this.events.push(["end", trailers]);
    this.#resolve();
  }

  switched(reason: string, headers: RawHeaders, socket: Duplex): void {
    this.socket = socket;
    this.events.push(["switched", reason, headers]);
    this.#resolve();
  }

  fail(failure: TransportFailure): void {
    const { kind, detail } = failure;
    this.failure = failure;
    this.detail = detail;
    this.events.push(["fail", kind]);
    this.#resolve();
  }
}

/** Sends a request and waits until its leg has ended. */
export async function run(client: UpstreamClient, limits = LIMITS, request = GET): Promise<RecordingHandler> {
  const handler = new RecordingHandler();
  client.send(request, limits, handler);
  await handler.over;
  return handler;
}
