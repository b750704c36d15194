import type { Role } from "../capture.ts";

/** A part of a request that can be left out or replaced. */
export interface RequestPart {
  readonly kind: "header" | "cookie" | "query" | "path" | "body";
  /** The header, cookie or parameter; a JSON path for a body. */
  readonly name: string;
  /** Redacted. */
  readonly value: string;
}

/** A part without which the cause does not show. */
export interface DecidingPart extends RequestPart {
  /** What takes its place when the cause is gone; null if it is left out. */
  readonly replacement: string | null;
  /** `remove currency=EUR and it is gone` */
  readonly words: string;
}

/** A request, with secrets replaced by fingerprints. */
export interface IsolatedRequest {
  readonly method: string;
  /** Origin form. */
  readonly target: string;
  /** Names and values, alternately. */
  readonly headers: readonly string[];
  readonly body: string | null;
  /** For a shell, sent to the primary; secrets are placeholders to fill in. */
  readonly curl: string;
}

/**
 * `armed`: waits for the next live request with the cause. `checking`: whether the cause shows again. `reducing`: leaves out
 * parts. The others are ends; `not-reproduced`: the cause did not show when the request was sent again; `noise`: it shows between
 * two responses of the primary's version, too.
 */
export type IsolationState =
  | "armed"
  | "checking"
  | "reducing"
  | "isolated"
  | "not-reproduced"
  | "noise"
  | "stopped"
  | "failed";

/** How a request with a cause is reduced to the smallest one that still shows it. */
export interface Isolation {
  readonly id: string;
  /** Of the cause. */
  readonly signature: string;
  readonly title: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly runId: string;
  /** Who asked for it. */
  readonly by: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** The sample that it starts from; null if it is a live request. */
  readonly sampleId: string | null;
  readonly state: IsolationState;
  /** One sentence: what it does now, how it ended, or why it failed and what to do. */
  readonly message: string;
  /** Exchanges sent so far, and at most. */
  readonly probes: number;
  readonly maxProbes: number;
  /** How many parts the original request has, and how many are left. */
  readonly parts: { readonly original: number; readonly left: number };
  /** False if the limit of probes came before every part was tried. */
  readonly isMinimal: boolean;
  /** The smallest request so far that shows the cause; null before it was seen again. */
  readonly request: IsolatedRequest | null;
  /** The parts that decide; empty until it is `isolated`. */
  readonly deciding: readonly DecidingPart[];
}

/** What a person must know before an isolation begins. */
export interface IsolationPreview {
  readonly method: string;
  readonly endpoint: string;
  readonly maxProbes: number;
  readonly perSecond: number;
  /** Empty if the route does not forward to them any more. */
  readonly targets: readonly { readonly role: Role; readonly subset: string; readonly url: string }[];
  /** Places of the sample whose values were not stored, such as `header authorization`. */
  readonly masked: readonly string[];
  /** No confirmation is needed. */
  readonly isOptedIn: boolean;
  /** Null if it may begin. */
  readonly refusal: IsolationRefusal | null;
}

/** Why an isolation may not begin, and what to do. */
export interface IsolationRefusal {
  /** `needed`: parts of the request that were not stored. */
  readonly reason: "route" | "paused" | "breaker" | "method" | "needed";
  readonly message: string;
  /** In terms of the API. */
  readonly remedy: string;
}
