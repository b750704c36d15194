import type { DropReason, NotMirroredReason } from "./accounting.ts";
import type { ClientProtocol, ProtocolQuirk, RawHeaders, TransportFailure } from "./capture.ts";
import type { Route } from "./routing.ts";
import type { ExchangeTrace } from "./tracing/trace.ts";

/** A request to an upstream, without its body and without hop-by-hop fields. */
export interface UpstreamRequest {
  readonly method: string;
  /** Request target in origin form, byte for byte as the client sent it. */
  readonly target: string;
  readonly headers: RawHeaders;
  /**
   * Called once, when a streamed body has ended. A protocol that cannot carry trailers omits them (RFC 9110 §6.5.1).
   */
  readonly trailers?: (() => RawHeaders) | undefined;
  /** Value of an Upgrade field, which the upstream may accept with 101. The handler then needs `switched`. */
  readonly upgrade?: string | null;
}

/** A fault that was drawn for one leg of a request. */
export interface LegFault {
  readonly delayMs: number;
  /** Status code of the response that replaces the upstream's; null when the request is only delayed. */
  readonly abortStatus: number | null;
}

/** Why a request must not be mirrored to any candidate. */
export type MirrorObstacle = Extract<NotMirroredReason, "upgrade" | "loop" | "method">;

/** The requests that arrived in one minute under the same routes. Each of them gets a fate for each of the candidates. */
export interface Arrivals {
  /** Minutes since the Unix epoch. */
  readonly minute: number;
  /** The candidates of all routes in force. */
  readonly candidates: readonly string[];
  /** Requests that wait for an injected delay, and have no fate yet. */
  delayed: number;
}

/** The exchange with the client. */
export interface PrimaryExchange {
  /** The primary leg is finished as well. */
  readonly isFinished: boolean;
  /** Called once: all copies have ended, or were dropped. */
  copiesEnded(): void;
}

/** What the proxy passes to the mirror for each request that it forwards. */
export interface MirrorInput {
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly arrivals: Arrivals;
  readonly exchange: PrimaryExchange;
  /** See `Exchange.backToBack`. */
  readonly backToBack: boolean;
  readonly route: Route;
  /** Target and headers as the client sent them, from which sticky keys are read, and see `Exchange.protocol`. */
  readonly received: {
    readonly target: string;
    readonly headers: RawHeaders;
    readonly protocol: ClientProtocol | undefined;
  };
  /** The request to the primary. Each copy is the same, except for the changes of the candidate's policy. */
  readonly request: UpstreamRequest;
  /** Null unless the request is traced. */
  readonly trace: ExchangeTrace | null;
  readonly primarySubset: string;
  readonly hasBody: boolean;
  readonly obstacle: MirrorObstacle | null;
  /** Injected into the candidates' legs. */
  readonly fault: LegFault | null;
  /** Aborts the primary leg if it is out of band as well; null when a client waits for it. */
  readonly abortPrimary: (() => void) | null;
}

/** Receives the body that the client sends. It must neither throw nor slow down the client. */
export interface RequestBodyObserver {
  requestData(chunk: Buffer): void;
  requestEnd(): void;
}

/** A request that is mirrored. It observes the primary exchange; none of its methods may throw or wait. */
export interface MirroredExchange extends RequestBodyObserver {
  /** The complete body, in place of the methods of the observer and before the copies are sent. The body is not changed. */
  requestWhole(body: Buffer): void;
  /** Sends the copies. @param isPrimarySent otherwise the request to the primary follows now */
  sendCopies(isPrimarySent: boolean): void;
  /**
   * The request is sent to the primary; `connectMs` is null when the connection was already open.
   * @param address see `Capture.address`
   */
  start(connectMs: number | null, address: string | undefined): void;
  quirk(quirk: ProtocolQuirk): void;
  interim(status: number, headers: RawHeaders): void;
  head(status: number, headers: RawHeaders): void;
  data(chunk: Buffer): void;
  end(trailers: RawHeaders): void;
  fail(failure: TransportFailure): void;
  clientAborted(): void;
  /** Drops the copies, because the capture budget has no memory left for the request body. */
  drop(reason: DropReason): void;
}

/** The stage that mirrors. For each request, the proxy calls `arrive` and then exactly one of the other methods. */
export interface MirrorStage {
  /**
   * Counts a request on arrival, before anything else happens to it.
   * @param at Unix milliseconds
   */
  arrive(at: number): Arrivals;
  /**
   * Decides which candidates get a copy, and counts those that do not.
   * @returns null when there is nothing to mirror
   */
  mirror(input: MirrorInput): MirroredExchange | null;
  /** Counts a request that is not forwarded to any upstream. */
  countNotForwarded(at: number, arrivals: Arrivals, reason: "route" | "client-aborted"): void;
}
