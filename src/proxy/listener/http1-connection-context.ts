import type { Socket } from "node:net";
import type { RequestHandler } from "../exchange/client-exchange.ts";
import type { HeadContext, IdleConnections } from "../exchange/request-head.ts";
import type { Tunnels } from "../exchange/upgrade-tunnel.ts";
import type { ClientTimeouts } from "./client-clock.ts";
import type { TurnQueue } from "../../lib/runtime/turn-queue.ts";

/** Shared by all connections of a listener. */
export interface ConnectionContext<Connection = unknown> extends HeadContext, ClientTimeouts {
  readonly serve: RequestHandler;
  readonly turns: TurnQueue;
  readonly tunnels: Tunnels;
  readonly idleConnections: IdleConnections;
  /** No further requests are accepted. */
  readonly isDraining: boolean;
  /** Ends a connection with a TCP reset. */
  reset(socket: Socket): void;
  /** A request was refused with this status. */
  refused(status: number, reason: string): void;
  /** The connection is closed, or has become a tunnel. */
  forget(connection: Connection): void;
}
