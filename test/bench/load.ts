import type { Protocol } from "./shapes.ts";

/** The requests of a load generator. */
export interface Load {
  readonly url: string;
  /** By default HTTP/1.1. */
  readonly protocol?: Protocol | undefined;
  /** Requests in flight; over HTTP/2, several share a connection. */
  readonly connections: number;
  /** Body of a POST; empty for GET. */
  readonly body: string;
  /** Directory for files of the generator. */
  readonly directory: string;
}
