import type { Duplex } from "node:stream";
import { forwardedResponseFields } from "../../http/hop-by-hop-headers.ts";
import { loopIdleMs } from "../../lib/runtime/loop-idle-time.ts";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { Arrivals, MirroredExchange, UpstreamRequest } from "../../model/mirror-stage.ts";
import type { ExchangeTrace } from "../../model/tracing/trace.ts";
import type { Leg, ResponseHandler } from "../../upstream/leg.ts";
import { clientFields } from "../routing/client-fields.ts";
import type { CorsDecision } from "../routing/cors-policy.ts";
import type { ForwardPlan, RoutingTable } from "../routing/routing-table.ts";
import type { CompiledDestination } from "../routing/weighted-destinations.ts";
import type { ClientRequest, ClientResponse, ExchangeOwner, OpenExchange, RequestHandler } from "./client-exchange.ts";
import { ClosedLoopDetector } from "./closed-loop-detector.ts";
import { sendGatewayError } from "./gateway-error.ts";
import { type DrawnFaults, drawFaults } from "./injected-faults.ts";
import { abortResponse, type LocalResponse, NO_ROUTE, NO_UPGRADE, sendLocalResponse } from "./local-response.ts";
import { primaryClient } from "./primary-client.ts";
import { drawPrimaryFirst, withTotalTimeout } from "./out-of-band.ts";
import type { Incoming, ProxyOptions, SharedOptions } from "./proxy-options.ts";
import { trailersOf } from "./request-body.ts";
import type { RequestHead } from "./request-head.ts";

const SWITCHING_PROTOCOLS = 101;
const MS_PER_SECOND = 1000;

/** Forwards each request to a primary and the primary's response to the client. Copies go to the mirror, out of band. */
export function createProxy(options: ProxyOptions): RequestHandler {
  const shared = { ...options, loop: new ClosedLoopDetector() };
  return (head, request, response, owner) => new Exchange(shared, { head, request, response, owner }).serve();
}

const flushHeadOf = (exchange: Exchange): void => exchange.flushHead();

/**
 * One client request, from its accepted head to the end of its response. `serve` and the methods below it are the steps of a
 * request in order; each of them either ends the exchange or calls the next one. Every exchange that a route has accepted
 * ends with one call of `#finish`.
 */
class Exchange implements ResponseHandler, OpenExchange {
  readonly response: ClientResponse;
  readonly #options: SharedOptions;
  readonly #head: RequestHead;
  readonly #request: ClientRequest;
  readonly #owner: ExchangeOwner;
  readonly #receivedAt = Date.now();
  readonly #arrivals: Arrivals;
  #phase: "delayed" | "forwarded" | "finished" = "delayed";
  #isAborted = false;
  #table: RoutingTable | null = null;
  #route = "";
  #cors: CorsDecision | null = null;
  #delay: NodeJS.Timeout | undefined;
  /** Null until the request is forwarded. */
  #destination: CompiledDestination | null = null;
  #mirrored: MirroredExchange | null = null;
  /** Null unless the request is traced. */
  #trace: ExchangeTrace | null = null;
  #leg: Leg | null = null;
  /** Header fields of the request to the primary. */
  #sent: RawHeaders = [];
  #sentMs = 0;
  #sentIdleMs = 0;
  /** Status code of the primary; 0 when it has not responded. */
  #primaryStatus = 0;
  #failure: TransportFailure | null = null;
  #hasWrittenBody = false;
  #responseBytes = 0;
  #haveCopiesEnded = false;

  constructor(options: SharedOptions, { head, request, response, owner }: Incoming) {
    this.#options = options;
    this.#head = head;
    this.#request = request;
    this.response = response;
    this.#owner = owner;
    this.#arrivals = options.mirror.arrive(this.#receivedAt);
  }

  get requestComplete(): boolean {
    // A delayed request waits for us, and not for its client.
    return this.#phase === "delayed" || this.#request.complete;
  }

  get isFinished(): boolean {
    return this.#phase === "finished";
  }

  /** Step 1: the route. It may respond itself, as may its CORS policy. */
  serve(): void {
    const { table: currentTable, metrics, random } = this.#options;
    const table = currentTable();
    const plan = table.plan(this.#head);
    if (plan === null) {
      metrics.refused(NO_ROUTE.status, "route");
      this.#sendLocal(NO_ROUTE);
      return this.#settle();
    }
    this.#route = plan.route.name;
    this.#table = table;
    table.lease.acquire();
    this.#trace = this.#options.tracer?.begin(this.#head, this.#route) ?? null;
    if (plan.type === "local") return this.#respond(plan.respond(this.#head));
    this.#cors = plan.cors(this.#head);
    if (this.#cors?.preflight != null) return this.#respond(this.#cors.preflight);
    return this.#injectFaults(plan, drawFaults(plan.forward.fault, random));
  }

  /** Step 2: faults that affect all legs. */
  #injectFaults(plan: ForwardPlan, faults: DrawnFaults): void {
    const next = (): void => {
      if (faults.abortStatus === null) return this.#forward(plan, faults);
      return this.#respond(abortResponse(faults.abortStatus, plan.forward.fault?.abort?.grpcStatus, this.#head));
    };
    if (faults.delayMs === 0) return next();
    this.#arrivals.delayed += 1;
    this.#owner.add(this);
    this.#delay = setTimeout(() => {
      this.#arrivals.delayed -= 1;
      this.#owner.remove(this);
      next();
    }, faults.delayMs);
  }

  /** Step 3: a destination, the mirror, and the primary. */
  #forward(plan: ForwardPlan, faults: DrawnFaults): void {
    const { mirror, loop, random, isOutOfBand = false } = this.#options;
    const head = this.#head;
    const destination = plan.pick(head);
    if (head.upgrade !== null && !destination.supportsUpgrade) return this.#respond(NO_UPGRADE);
    const planned = plan.request(head, destination);
    const headers = this.#trace?.startPrimary(destination.subset, planned) ?? planned.headers;
    const request: UpstreamRequest = { ...planned, headers, trailers: trailersOf(head, this.#request) };
    const mirrored = mirror.mirror({
      at: this.#receivedAt,
      arrivals: this.#arrivals,
      exchange: this,
      backToBack: loop.arrive(performance.now(), head),
      route: plan.route,
      received: { target: head.target, headers: head.received, protocol: head.protocol },
      request,
      trace: this.#trace,
      primarySubset: destination.subset,
      hasBody: head.hasBody,
      obstacle: head.obstacle,
      fault: faults.candidate,
      abortPrimary: isOutOfBand ? () => this.abort() : null,
    });
    if (isOutOfBand && mirrored === null) {
      this.#request.resume();
      return this.#finish(0);
    }
    this.#phase = "forwarded";
    this.#destination = destination;
    this.#mirrored = mirrored;
    this.#sent = request.headers;
    this.#sentMs = performance.now();
    this.#sentIdleMs = loopIdleMs();
    loop.enter();
    this.#owner.add(this);
    const isPrimaryFirst = drawPrimaryFirst(isOutOfBand, random);
    if (!isPrimaryFirst) mirrored?.sendCopies(false);
    if (this.isFinished) return;
    const options = { hasBody: head.hasBody, request: this.#request, mirrored, client: destination.client, random };
    const { client, body } = primaryClient(plan, options, faults.primary);
    const timeouts = isOutOfBand ? withTotalTimeout(plan.timeouts) : plan.timeouts;
    this.#leg = client.send({ ...request, body }, timeouts, this);
    if (Buffer.isBuffer(body)) mirrored?.requestWhole(body);
    if (isPrimaryFirst) mirrored?.sendCopies(true);
  }

  // Step 4: the primary's response.
  start(connectMs: number | null, address: string | undefined): void {
    this.#mirrored?.start(connectMs, address);
  }

  quirk(quirk: ProtocolQuirk): void {
    this.#mirrored?.quirk(quirk);
  }

  interim(status: number, headers: RawHeaders): void {
    this.#mirrored?.interim(status, headers);
    this.response.writeInterim(status, forwardedResponseFields(headers));
  }

  head(status: number, reason: string, headers: RawHeaders): void {
    this.#primaryStatus = status;
    this.#mirrored?.head(status, headers);
    if (!this.response.writeHead(status, reason, clientFields(headers, this.#cors, this.#destination))) {
      this.#leg?.abort();
      return this.fail({ kind: "protocol", detail: "the response head cannot be forwarded" });
    }
    // The body usually follows at once and shares a packet with the head. A head without a body must not wait for it.
    process.nextTick(flushHeadOf, this);
  }

  /** Serves the client before the mirror, here and in `end`. */
  data(chunk: Buffer): void {
    this.#hasWrittenBody = true;
    this.#responseBytes += chunk.length;
    const isWritable = this.response.write(chunk);
    this.#mirrored?.data(chunk);
    if (isWritable) return;
    this.#leg?.pause();
    this.response.onceDrained(() => this.#leg?.resume());
  }

  end(trailers: RawHeaders): void {
    this.#hasWrittenBody = true;
    this.response.end(trailers);
    this.#mirrored?.end(trailers);
    this.#finish(this.#primaryStatus);
  }

  /** Upgraded connections are not mirrored. */
  switched(reason: string, headers: RawHeaders, socket: Duplex): void {
    this.#primaryStatus = SWITCHING_PROTOCOLS;
    if (this.response.switchTo(reason, headers, socket)) return this.#finish(SWITCHING_PROTOCOLS);
    return this.fail({ kind: "protocol", detail: "the 101 response cannot be forwarded" });
  }

  fail(failure: TransportFailure): void {
    this.#failure = failure;
    this.#mirrored?.fail(failure);
    if (this.response.headersSent) {
      // Finish first: otherwise the end of the client's connection would look as if the client had aborted.
      this.#finish(this.#primaryStatus);
      return this.response.cut();
    }
    return this.#finish(sendGatewayError(this.response, failure));
  }

  flushHead(): void {
    if (!this.#hasWrittenBody && this.#phase !== "finished") this.response.flushHead();
  }

  // The client may end the exchange early.

  abort(): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#mirrored?.clientAborted();
    if (this.isFinished) return;
    if (this.#phase === "delayed") {
      clearTimeout(this.#delay);
      this.#arrivals.delayed -= 1;
      this.#options.mirror.countNotForwarded(this.#receivedAt, this.#arrivals, "client-aborted");
    }
    this.#leg?.abort();
    this.#finish(this.#primaryStatus);
  }

  copiesEnded(): void {
    this.#haveCopiesEnded = true;
    if (this.isFinished) this.#settle();
  }

  outOfMemory(): void {
    // The owner repeats the call when a delayed exchange is added again.
    if (this.#phase === "delayed") return;
    this.#mirrored?.drop("bytes");
    this.abort();
  }

  /** Responds without an upstream, and ends the exchange. */
  #respond(local: LocalResponse): void {
    this.#sendLocal(local);
    this.#finish(local.status);
  }

  #sendLocal(local: LocalResponse): void {
    this.#options.mirror.countNotForwarded(this.#receivedAt, this.#arrivals, "route");
    // Discards the body, so that the connection can be used for another request.
    this.#request.resume();
    sendLocalResponse(this.response, this.#head.method, local);
  }

  /** @param clientStatus status code that the client received; 0 when it received none */
  #finish(clientStatus: number): void {
    const { metrics, loop } = this.#options;
    this.#phase = "finished";
    // The response may end before the request. The mirror must still notice a client that disconnects then.
    if (this.#destination === null || this.#request.complete) this.#owner.remove(this);
    else this.#request.once("end", () => this.#owner.remove(this));
    this.#trace?.end(clientStatus, this.#primaryStatus, this.#isAborted ? "client-aborted" : this.#failure?.kind);
    metrics.request(this.#route, this.#head.method, clientStatus);
    if (this.#destination !== null) {
      loop.leave(loopIdleMs() - this.#sentIdleMs);
      const seconds = (performance.now() - this.#sentMs) / MS_PER_SECOND;
      const [route, subset, code] = [this.#route, this.#destination.subset, this.#primaryStatus];
      const [sent, failure, responseBytes] = [this.#sent, this.#failure, this.#responseBytes];
      metrics.leg({ route, role: "primary", subset, code, seconds, sent, failure, responseBytes });
    }
    this.#table?.lease.release();
    if (this.#mirrored === null || this.#haveCopiesEnded) this.#settle();
  }

  #settle(): void {
    this.#owner.settled?.({ isForwarded: this.#destination !== null, failure: this.#failure });
  }
}
