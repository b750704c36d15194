/** An endpoint that shows a cause. */
export interface CauseEndpoint {
  readonly endpoint: string;
  readonly route: string;
  /** Exchanges with the cause. */
  readonly count: number;
}
