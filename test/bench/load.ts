/** The requests of a load generator. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  /** Body of a POST; empty for GET. */
  readonly body: string;
  /** Directory for files of the generator. */
  readonly directory: string;
}
