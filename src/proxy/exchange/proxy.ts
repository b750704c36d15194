import { fieldValue } from "../../http/header-fields.ts";
import type { RawHeaders, Role } from "../../model/capture.ts";
import type { Route } from "../../model/routing.ts";
import { type LegFault, withFault } from "../../upstream/faulty-client.ts";
import type { LegTimeouts, LegRequest, UpstreamClient } from "../../upstream/leg.ts";
import type { ClientRequest, ClientResponse, ExchangeOwner } from "./client-exchange.ts";
import { DelayedExchange } from "./delayed-exchange.ts";
import type { CompiledDestination } from "../routing/weighted-destinations.ts";
import { type DrawnFaults, drawFaults } from "./injected-faults.ts";
import { connectionOptions } from "../../http/forwarded-headers.ts";
import { abortResponse, sendLocalResponse, type LocalResponse, NO_ROUTE, NO_UPGRADE } from "./local-response.ts";
import { type ExchangeEnd, PrimaryExchange, type PrimaryObserver } from "./primary-exchange.ts";
import { ReplayableBody } from "./replayable-body.ts";
import { type BodyObserver, forwardBody } from "./request-body.ts";
import type { RequestHead } from "./request-head.ts";
import { forwardedTrailers } from "../../http/request-trailers.ts";
import { withRetries } from "./retrying-client.ts";
import type { ForwardPlan, RoutingTable } from "../routing/routing-table.ts";

/** A request that is mirrored; it hears what the client sends and what the primary answers. */
interface MirroredRequest extends PrimaryObserver, BodyObserver {
  /** Sends the copies. */
  send(): void;
}

/** The stage that mirrors: it is told of every request, before anything is sent. */
interface RequestMirror {
  begin(request: {
    readonly at: number;
    readonly route: Route;
    readonly received: { readonly target: string; readonly headers: RawHeaders };
    readonly request: Omit<LegRequest, "body">;
    readonly primarySubset: string;
    readonly hasBody: boolean;
    readonly obstacle: RequestHead["obstacle"];
    readonly fault: LegFault | null;
    /** Gives up the primary leg, if that is out of band too. */
    readonly abandonPrimary: (() => void) | null;
  }): MirroredRequest | null;
  /** A request that goes to no upstream. */
  pass(at: number): void;
}

interface ProxyMetrics {
  request(route: string, method: string, code: number): void;
  leg(route: string, role: Role, subset: string, code: number, seconds: number): void;
  refused(code: number, reason: string): void;
}

export interface ProxyOptions {
  readonly mirror: RequestMirror;
  readonly metrics: ProxyMetrics;
  /** The routes in force; asked once per request. */
  readonly table: () => RoutingTable;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Nobody waits for the primary's answer: only what is mirrored is sent to it. */
  readonly outOfBand?: boolean | undefined;
}

/** Of a body that nobody waits for, and that no client ends by going away: a stream of events has no end of its own. */
const LONGEST_OUT_OF_BAND_MS = 60_000;

/** Serves one request whose head was accepted. */
export type RequestHandler = (
  head: RequestHead,
  request: ClientRequest,
  response: ClientResponse,
  connection: ExchangeOwner,
) => void;

/** One client request and all that it came with. */
interface Incoming {
  readonly at: number;
  readonly head: RequestHead;
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly connection: ExchangeOwner;
}

/**
 * The way of every request: by its route to a primary and back to the client, and in copies, out of band, to the others.
 */
export function createProxy({ mirror, metrics, table, random, outOfBand = false }: ProxyOptions): RequestHandler {
  return function serve(head, request, response, connection) {
    const incoming: Incoming = { at: Date.now(), head, request, response, connection };
    const routing = table();
    const plan = routing.plan(head);
    if (plan === null) {
      metrics.refused(NO_ROUTE.status, "route");
      return answer(incoming, NO_ROUTE);
    }
    if (plan.type === "answer") return answerFor(plan.route, incoming, plan.answer(head));
    const preflight = plan.cors(head)?.preflight ?? null;
    if (preflight !== null) return answerFor(plan.route, incoming, preflight);
    const faults = drawFaults(plan.forward.fault, random);
    routing.lease.enter();
    return delayed(plan, incoming, faults, () => routing.lease.leave());
  };

  function answerFor(route: Route, incoming: Incoming, local: LocalResponse): void {
    metrics.request(route.name, incoming.head.method, local.status);
    answer(incoming, local);
  }

  function answer({ at, head, request, response }: Incoming, local: LocalResponse): void {
    mirror.pass(at);
    // What is left of the request is read and thrown away, so that the connection can go on.
    request.resume();
    sendLocalResponse(response, head.method, local);
  }

  /** Waits for the delay that holds for all legs, if any. */
  function delayed(plan: ForwardPlan, incoming: Incoming, faults: DrawnFaults, done: () => void): void {
    const { response, connection, head, at } = incoming;
    if (faults.delayMs === 0) return injected(plan, incoming, faults, done);
    const over = (exchange: DelayedExchange): void => {
      connection.remove(exchange);
      injected(plan, incoming, faults, done);
    };
    const aborted = (exchange: DelayedExchange): void => {
      connection.remove(exchange);
      mirror.pass(at);
      metrics.request(plan.route.name, head.method, 0);
      done();
    };
    return connection.add(new DelayedExchange(response, faults.delayMs, over, aborted));
  }

  /** Answers in place of the upstreams if that was drawn. */
  function injected(plan: ForwardPlan, incoming: Incoming, faults: DrawnFaults, done: () => void): void {
    if (faults.abortStatus === null) return forward(plan, incoming, faults, done);
    answerFor(plan.route, incoming, abortResponse(faults.abortStatus, grpcStatusFor(incoming.head, plan)));
    return done();
  }

  function forward(plan: ForwardPlan, incoming: Incoming, faults: DrawnFaults, done: () => void): void {
    const { at, head, response, connection } = incoming;
    const { route } = plan;
    const destination = plan.pick(head);
    if (head.upgrade !== null && !destination.takesUpgrades) {
      answerFor(route, incoming, NO_UPGRADE);
      return done();
    }
    const request = { ...plan.request(head, destination), trailers: trailersOf(incoming) };
    const mirrored = mirror.begin({
      at,
      route,
      received: { target: head.target, headers: head.received },
      request,
      primarySubset: destination.subset,
      hasBody: head.hasBody,
      obstacle: head.obstacle,
      fault: faults.candidate,
      abandonPrimary: outOfBand ? () => exchange.abort() : null,
    });
    if (outOfBand && mirrored === null) return unsent(plan, incoming, done);
    const exchange = new PrimaryExchange({
      request: incoming.request,
      response,
      observer: mirrored,
      changes: [plan.cors(head)?.change, destination.changeResponse],
      ended,
    });
    connection.add(exchange);
    const { body, client } = primaryLeg(plan, destination, incoming, mirrored);
    const sender = faults.primary === null ? client : withFault(client, faults.primary);
    exchange.carriedBy(
      sender.send({ ...request, body }, outOfBand ? withinReason(plan.limits) : plan.limits, exchange),
    );
    mirrored?.send();

    function ended(exchange: PrimaryExchange, { clientStatus, primaryStatus, seconds }: ExchangeEnd): void {
      // An answer may come before the whole body; a client that leaves then must still be noticed.
      if (incoming.request.complete) connection.remove(exchange);
      else incoming.request.once("end", () => connection.remove(exchange));
      metrics.request(route.name, head.method, clientStatus);
      metrics.leg(route.name, "primary", destination.subset, primaryStatus, seconds);
      done();
    }
  }

  /** There is nothing to compare, and nobody to answer. */
  function unsent({ route }: ForwardPlan, { head, request }: Incoming, done: () => void): void {
    request.resume();
    metrics.request(route.name, head.method, 0);
    done();
  }

  /** The client's body and the connections that it goes to; where attempts may be repeated, both are ready for it. */
  function primaryLeg(
    { forward: { retries } }: ForwardPlan,
    { client }: CompiledDestination,
    { head, request }: Incoming,
    observer: BodyObserver | null,
  ): { readonly body: LegRequest["body"]; readonly client: Pick<UpstreamClient, "send"> } {
    if (retries === undefined) return { client, body: head.hasBody ? forwardBody(request, observer) : null };
    const body = head.hasBody ? new ReplayableBody(request, observer) : null;
    return { client: withRetries(client, { retries, body, random }), body: null };
  }
}

/** What stands behind a body is known when the body has ended; a head alone has nothing behind it. */
function trailersOf({ head, request }: Incoming): LegRequest["trailers"] {
  if (!head.hasBody) return undefined;
  return () => forwardedTrailers(request.rawTrailers, connectionOptions(head.received));
}

/** What is injected into calls of gRPC only; a call says so by its media type. */
function grpcStatusFor({ received }: RequestHead, { forward }: ForwardPlan): number | undefined {
  const isGrpc = fieldValue(received, "content-type")?.startsWith("application/grpc") === true;
  return isGrpc ? forward.fault?.abort?.grpcStatus : undefined;
}

function withinReason({ headMs, idleMs, totalMs }: LegTimeouts): LegTimeouts {
  return { headMs, idleMs, totalMs: totalMs === 0 ? headMs + LONGEST_OUT_OF_BAND_MS : totalMs };
}
