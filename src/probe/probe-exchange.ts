import type { Readable } from "node:stream";
import { ByteBudget } from "../capture/byte-budget.ts";
import { LegRecorder } from "../capture/leg-recorder.ts";
import type { HeaderChange } from "../http/header-operations.ts";
import { isFarAhead } from "../mirror/far-ahead.ts";
import { MirrorLeg, type MirrorLegOwner, type MirrorTarget } from "../mirror/mirror-leg.ts";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../model/capture.ts";
import type { UpstreamRequest } from "../model/mirror-stage.ts";
import type { Leg, LegTimeouts, ResponseHandler, UpstreamClient } from "../upstream/leg.ts";

/** A copy of a probe. */
export interface ProbeCopy {
  readonly target: MirrorTarget;
  /** Null leaves the header fields unchanged. */
  readonly changeHeaders: HeaderChange | null;
  /** Milliseconds after the end of the primary leg; null: with the primary. */
  readonly delayMs: number | null;
}

/** Where one probe is sent. */
export interface ProbeLegs {
  readonly primary: { readonly subset: string; readonly client: UpstreamClient; readonly timeouts: LegTimeouts };
  readonly candidate: ProbeCopy;
  readonly secondary: ProbeCopy | null;
}

/** The responses to a probe. Their bodies are valid until they are released. */
export interface ProbeResponses {
  readonly primary: LegRecorder;
  readonly candidate: LegRecorder;
  readonly secondary: LegRecorder | null;
}

interface SentCopy {
  readonly copy: ProbeCopy;
  readonly leg: MirrorLeg;
}

/**
 * Sends a request once to each role, as the proxy and the mirror do: the primary first, the copies with it or after it, each with
 * its own client and its own changes of the header fields. The time limit of a copy begins when the primary has responded.
 * @param body of the request; null without one
 * @param bodyCap the largest part of a response body that is kept, in bytes
 * @returns the responses, once all legs have ended; those of the copies are incomplete if the primary has failed
 * @throws the reason of `signal` when it is aborted
 */
export function sendProbe(
  request: UpstreamRequest,
  body: Buffer | null,
  legs: ProbeLegs,
  { bodyCap, signal }: { readonly bodyCap: number; readonly signal: AbortSignal },
): Promise<ProbeResponses> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const exchange = new ProbeExchange(legs, { hasBody: body !== null, bodyCap }, () => {
      signal.removeEventListener("abort", abort);
      resolve(exchange.responses);
    });
    const abort = (): void => {
      exchange.abort();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", abort, { once: true });
    return exchange.send(request, body);
  });
}

class ProbeExchange implements ResponseHandler, MirrorLegOwner {
  readonly #legs: ProbeLegs;
  readonly #onEnd: () => void;
  readonly #primary: LegRecorder;
  readonly #copies: readonly [SentCopy, ...SentCopy[]];
  #leg: Leg | null = null;
  #isOver = false;

  constructor(
    legs: ProbeLegs,
    { hasBody, bodyCap }: { readonly hasBody: boolean; readonly bodyCap: number },
    onEnd: () => void,
  ) {
    // One exchange at a time keeps at most three bodies of the capture cap, and the body of its request.
    const budget = new ByteBudget(Infinity);
    const create = (copy: ProbeCopy): SentCopy => {
      const recipient = { target: copy.target, slot: { budget }, level: 0 };
      return { copy, leg: new MirrorLeg(recipient, { owner: this, hasBody, bodyCap, trace: null }) };
    };
    this.#legs = legs;
    this.#onEnd = onEnd;
    this.#primary = new LegRecorder(legs.primary.subset, bodyCap, budget);
    this.#copies = [create(legs.candidate), ...(legs.secondary === null ? [] : [create(legs.secondary)])];
  }

  get responses(): ProbeResponses {
    const [candidate, secondary] = this.#copies;
    return {
      primary: this.#primary,
      candidate: candidate.leg.recorder,
      secondary: secondary?.leg.recorder ?? null,
    };
  }

  send(request: UpstreamRequest, body: Buffer | null): void {
    const { client, timeouts } = this.#legs.primary;
    this.#primary.dispatch(request.headers);
    this.#leg = client.send({ ...request, body: body satisfies Buffer | Readable | null }, timeouts, this);
    for (const { copy, leg } of this.#copies) {
      if (this.#isOver) return;
      const changed = { ...request, headers: copy.changeHeaders?.(request.headers) ?? request.headers };
      if (copy.delayMs === null) leg.send(changed, null);
      else leg.sendAfterPrimary(copy.delayMs, changed);
      if (body !== null) leg.requestData(body);
      leg.requestEnd();
    }
  }

  /** Ends all legs without a result. */
  abort(): void {
    this.#isOver = true;
    this.#leg?.abort();
    this.#primary.body.release();
    for (const { leg } of this.#copies) leg.discard();
  }

  start(...connection: Parameters<ResponseHandler["start"]>): void {
    this.#primary.start(...connection);
  }

  quirk(quirk: ProtocolQuirk): void {
    this.#primary.quirk(quirk);
  }

  interim(status: number, headers: RawHeaders): void {
    this.#primary.interim(status, headers);
  }

  head(status: number, _reason: string, headers: RawHeaders): void {
    this.#primary.head(status, headers);
  }

  data(chunk: Buffer): void {
    this.#primary.data(chunk);
    for (const { leg } of this.#copies) leg.primaryAdvanced();
  }

  end(trailers: RawHeaders): void {
    this.#primary.end(trailers);
    for (const { leg } of this.#copies) leg.primaryEnded();
    this.#endIfDone();
  }

  /** Without the primary there is nothing to compare with. */
  fail(failure: TransportFailure): void {
    this.#primary.fail(failure);
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { leg } of this.#copies) leg.discard();
    this.#onEnd();
  }

  onLegEnd(): void {
    this.#endIfDone();
  }

  /** The budget has no limit. */
  onLegOutOfMemory(): void {
    this.#endIfDone();
  }

  isFarAhead(length: number): boolean {
    return isFarAhead(length, this.#primary.body.length);
  }

  #endIfDone(): void {
    if (this.#isOver || !this.#primary.hasEnded || !this.#copies.every(({ leg }) => leg.recorder.hasEnded)) return;
    this.#isOver = true;
    this.#onEnd();
  }
}
