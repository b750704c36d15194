import type { MirrorStage } from "../../model/mirror-stage.ts";
import type { ProxyMetrics } from "../../telemetry/proxy-metrics.ts";
import type { RequestTracer } from "../../telemetry/tracing/request-tracer.ts";
import type { RoutingTable } from "../routing/routing-table.ts";
import type { ClientRequest, ClientResponse, ExchangeOwner } from "./client-exchange.ts";
import type { ClosedLoopDetector } from "./closed-loop-detector.ts";
import type { RequestHead } from "./request-head.ts";

export interface ProxyOptions {
  readonly mirror: MirrorStage;
  readonly metrics: Pick<ProxyMetrics, "request" | "leg" | "refused">;
  /** The routes in force. Called once per request. */
  readonly table: () => RoutingTable;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Records spans; undefined without tracing. */
  readonly tracer?: RequestTracer | undefined;
  /** No client waits for the primary's response, so a request that is not mirrored is not sent to the primary either. */
  readonly isOutOfBand?: boolean | undefined;
}

/** What all exchanges of a proxy share. */
export type SharedOptions = ProxyOptions & { readonly loop: ClosedLoopDetector };

/** A request whose head was accepted. */
export interface Incoming {
  readonly head: RequestHead;
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly owner: ExchangeOwner;
}
