/** What the load generators send, and where to. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  /** Sent with POST; empty for GET. */
  readonly body: string;
  /** For the files that the generators need. */
  readonly directory: string;
}
