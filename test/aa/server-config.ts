/** The kinds of latency: how long a server takes for a response. */
export const LATENCY_KINDS = [
  "none",
  "constant",
  "lognormal",
  "input-cost",
  "own-cache",
  "input-bimodal",
  "pareto",
  "cpu",
  "gc",
  "wander",
  "warm-up",
  "slow-endpoint",
  "slow-bursts",
] as const;

/** The kinds of noise: what differs between two responses of the same version. */
export const NOISE_KINDS = [
  "time",
  "uuid",
  "order",
  "cursor",
  "headers",
  "float",
  "ab-bucket",
  "optional",
  "list-length",
  "map-keys",
  "html-nonce",
  "counter",
  "cached",
  "stale-bursts",
] as const;

export type LatencyKind = (typeof LATENCY_KINDS)[number];
/** Planted faults also hide in a share of nulls, and in a share of one of two values. */
export type NoiseKind = (typeof NOISE_KINDS)[number] | "nullable" | "tier";

/** What a server does wrong, in which of its responses. */
export interface Fault {
  /** Share of responses, drawn at random; default 1. */
  readonly share?: number;
  /** Share of inputs, the same ones every time; default 1. */
  readonly inputs?: number;
  readonly status?: number;
  /** The latency is multiplied by it. */
  readonly factor?: number;
  readonly addMs?: number;
  /** Members of the document that are replaced. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Numbers of the document that are multiplied. */
  readonly scale?: Readonly<Record<string, number>>;
}

export interface ServerConfig {
  /** The same for all servers of a run: what they share, such as the speed of their drift. */
  readonly seed: number;
  /** Makes the server's own randomness differ from the others'. */
  readonly role: string;
  readonly latency: LatencyKind;
  readonly noise?: NoiseKind;
  /** Share of nulls or of gold customers, for those kinds of noise. */
  readonly share?: number;
  readonly fault?: Fault;
}

/** What a server knows apart from the request. The clocks return milliseconds. */
export interface Surroundings {
  /** Uniform in [0, 1), different on each server. */
  readonly own: () => number;
  /** Uniform in [0, 1), the same sequence on all servers of a run. */
  readonly shared: () => number;
  readonly now: () => number;
}
