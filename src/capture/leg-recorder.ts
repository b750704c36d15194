import type { SkipReason } from "../model/accounting.ts";
import {
  INTERIM_STATUS,
  type ProtocolQuirk,
  type RawHeaders,
  type Timing,
  type TransportFailure,
} from "../model/capture.ts";
import { BodyRecorder } from "./body-recorder.ts";
import type { ByteBudget } from "./byte-budget.ts";

const NO_FIELDS: RawHeaders = [];
const NO_QUIRKS: readonly ProtocolQuirk[] = [];
const DATE = "date";
/** Whether and how often it is sent depends on time alone. */
const PROCESSING = 102;
/** Names and values of the interim responses of one leg, and their characters; what comes after that is not compared. */
const MAX_INTERIM_TEXTS = 200;
const MAX_INTERIM_LENGTH = 16 * 1024;
/** The primary is about as slow as a leg that timed out when it waited for this share of that time. */
const SATURATED_SHARE = 0.25;

/** Records the response of one leg, and its timing. */
export class LegRecorder {
  readonly subset: string;
  readonly body: BodyRecorder;
  /**
   * The request was mirrored with 2^−level of the configured share, as decided before it arrived: its exchange stands for 2^level
   * requests. 0 unless the share follows what the verdict needs.
   */
  level = 0;
  #sent = NO_FIELDS;
  #startMs = performance.now();
  /** When the body of the request was complete; 0 without a body. */
  #requestEndMs = 0;
  #sentMs: number | null = null;
  #connectMs: number | null = null;
  #address: string | undefined;
  #firstByteMs: number | null = null;
  #totalMs = 0;
  #status = 0;
  #quirks = NO_QUIRKS;
  #interims = NO_FIELDS;
  #headers = NO_FIELDS;
  #trailers = NO_FIELDS;
  #failure: TransportFailure | null = null;
  #hasEnded = false;

  constructor(subset: string, bodyCap: number, budget: ByteBudget) {
    this.subset = subset;
    this.body = new BodyRecorder(bodyCap, budget);
  }

  get status(): number {
    return this.#status;
  }

  /** See `Capture.address`. */
  get address(): string | undefined {
    return this.#address;
  }

  /** Each kind once, in alphabetic order. */
  get quirks(): readonly ProtocolQuirk[] {
    return this.#quirks;
  }

  /** See `Capture.interims`. */
  get interims(): RawHeaders {
    return this.#interims;
  }

  get headers(): RawHeaders {
    return this.#headers;
  }

  get trailers(): RawHeaders {
    return this.#trailers;
  }

  get failure(): TransportFailure | null {
    return this.#failure;
  }

  /** The response is complete, or has failed. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get timing(): Timing {
    return { connectMs: this.#connectMs, firstByteMs: this.#firstByteMs, totalMs: this.#totalMs };
  }

  /** When the leg ended, on the clock of `performance.now`. */
  get endMs(): number {
    return this.#startMs + this.#totalMs;
  }

  /** Milliseconds from the moment when the other leg was written to an open connection to that of this leg; null if one was not. */
  lagBehind(other: LegRecorder): number | null {
    return this.#sentMs === null || other.#sentMs === null ? null : this.#sentMs - other.#sentMs;
  }

  /** Milliseconds from dispatch to the last byte, without connection setup. */
  get serviceMs(): number {
    return this.#totalMs - (this.#connectMs ?? 0);
  }

  /**
   * Milliseconds from the end of the request to the response head, or to the failure without one. A slow client counts
   * neither while it sends its request nor while it reads the response.
   */
  get waitMs(): number {
    return (this.#firstByteMs ?? this.#totalMs) - Math.max(0, this.#requestEndMs - this.#startMs);
  }

  /** The header fields of the request; empty for the primary, whose request is known elsewhere. */
  get sent(): RawHeaders {
    return this.#sent;
  }

  /** Starts the clock. @param sent the header fields of the request */
  dispatch(sent: RawHeaders): void {
    this.#sent = sent;
    this.#startMs = performance.now();
  }

  /** The body of the request is complete. */
  requestEnded(): void {
    this.#requestEndMs = performance.now();
  }

  start(connectMs: number | null, address?: string): void {
    this.#address = address;
    this.#sentMs = performance.now();
    this.#connectMs = connectMs;
    // Another attempt has begun.
    this.#quirks = NO_QUIRKS;
    this.#interims = NO_FIELDS;
  }

  quirk(quirk: ProtocolQuirk): void {
    this.#quirks = [...this.#quirks, quirk].toSorted();
  }

  interim(status: number, headers: RawHeaders): void {
    if (status === PROCESSING) return;
    const interims = [...this.#interims, INTERIM_STATUS, String(status), ...headers];
    const length = interims.reduce((sum, text) => sum + text.length, 0);
    if (interims.length <= MAX_INTERIM_TEXTS && length <= MAX_INTERIM_LENGTH) this.#interims = interims;
  }

  head(status: number, headers: RawHeaders): void {
    this.#firstByteMs = performance.now() - this.#startMs;
    this.#status = status;
    this.#headers = headers;
  }

  /** @returns false when the capture budget is exhausted */
  data(chunk: Buffer): boolean {
    return this.body.add(chunk);
  }

  end(trailers: RawHeaders): void {
    this.#trailers = trailers;
    this.#stopClock();
  }

  fail(failure: TransportFailure): void {
    this.#failure = failure;
    this.#stopClock();
  }

  /**
   * Whether status, header fields (in order, without the value of Date), trailers, interim responses and quirks are equal. The
   * body is not compared.
   */
  hasSameHeadAs(other: LegRecorder): boolean {
    return (
      this.#failure === null &&
      other.#failure === null &&
      this.#status === other.#status &&
      sameFields(this.#headers, other.#headers) &&
      sameFields(this.#trailers, other.#trailers) &&
      sameFields(this.#interims, other.#interims) &&
      (this.#quirks === other.#quirks || this.#quirks.join() === other.#quirks.join())
    );
  }

  /** @returns why the failure of the leg says nothing about its version; null if there is none, or if it does */
  skipReason(primary: LegRecorder): SkipReason | null {
    if (this.#failure === null) return null;
    if (this.#failure.connectionClosed === true) return "connection-closed";
    if (this.#failure.notProcessed === true) return "not-processed";
    return this.#isSaturated(primary) ? "saturated" : null;
  }

  /**
   * Whether the leg timed out without a response head although the primary was about as slow, as happens when both share a
   * machine that is too busy. Such a timeout says nothing about the version; one beside a fast primary does.
   */
  #isSaturated(primary: LegRecorder): boolean {
    const hasTimedOut = this.#failure?.kind === "timeout" && this.#firstByteMs === null;
    return hasTimedOut && primary.waitMs >= SATURATED_SHARE * this.waitMs;
  }

  #stopClock(): void {
    this.#hasEnded = true;
    this.#totalMs = performance.now() - this.#startMs;
  }
}

function sameFields(a: RawHeaders, b: RawHeaders): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 2) {
    const name = a[index];
    if (name !== b[index]) return false;
    if (a[index + 1] !== b[index + 1] && name?.toLowerCase() !== DATE) return false;
  }
  return true;
}
