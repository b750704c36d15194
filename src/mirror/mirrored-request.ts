import type { CaptureCollector } from "../capture/capture-collector.ts";
import { LegRecorder } from "../capture/leg-recorder.ts";
import { createRequestBodyStart, type RequestBodyStart } from "../capture/request-body-start.ts";
import type { IntrusiveItem } from "../lib/intrusive-set.ts";
import type { DropReason, SkipReason } from "../model/accounting.ts";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../model/capture.ts";
import type { Arrivals, MirroredExchange } from "../model/mirror-stage.ts";
import { isFarAhead } from "./far-ahead.ts";
import { findLostLegs } from "./lost-legs.ts";
import { MirrorLeg, type MirrorLegOwner, type MirrorTarget } from "./mirror-leg.ts";
import type { MirrorRecipient } from "./mirror-recipients.ts";
import type { MirroredRequestOptions } from "./mirrored-request-options.ts";
import { shuffle } from "./sampling.ts";

/** What all mirrored requests of a thread share. */
export interface MirrorContext {
  readonly collector: CaptureCollector;
  readonly maxBodyBytes: number;
  readonly random: () => number;
  onLegEnd(route: string, leg: MirrorLeg): void;
  /** A copy was sent `ms` after the request to the primary. */
  onDispatchLag(target: MirrorTarget, ms: number): void;
  onDrop(subset: string, reason: DropReason): void;
  onSkip(route: string, subset: string): void;
  /** The request is finished: its slots are free. Its counts follow in the same turn of the event loop. */
  onFinish(request: MirroredRequest): void;
}

interface RecipientLeg {
  readonly recipient: MirrorRecipient;
  readonly leg: MirrorLeg;
}

/**
 * One mirrored request, from its arrival until its responses are handed to the collector. It observes the primary leg and
 * runs the other legs. Nothing that happens here affects the client.
 */
export class MirroredRequest implements MirroredExchange, MirrorLegOwner, IntrusiveItem {
  setIndex = 0;
  readonly #context: MirrorContext;
  readonly #options: MirroredRequestOptions;
  readonly #primary: LegRecorder;
  readonly #requestBody: RequestBodyStart | null;
  /** The candidates whose copies were not dropped. */
  #candidates: readonly RecipientLeg[];
  #secondary: RecipientLeg | null;
  /** The candidates, followed by the secondary. */
  #legs: readonly RecipientLeg[];
  #isRequestComplete: boolean;
  #isFinished = false;
  #isSuspect = false;

  constructor(context: MirrorContext, options: MirroredRequestOptions) {
    const { collector, maxBodyBytes } = context;
    const { hasBody, primarySubset, request, trace } = options.input;
    const shared = { owner: this, hasBody, bodyCap: maxBodyBytes, trace };
    const legOf = (recipient: MirrorRecipient): RecipientLeg => ({ recipient, leg: new MirrorLeg(recipient, shared) });
    this.#context = context;
    this.#options = options;
    this.#isRequestComplete = !hasBody;
    this.#primary = new LegRecorder(primarySubset, maxBodyBytes, collector.budget);
    this.#requestBody =
      hasBody && collector.explains ? createRequestBodyStart(request.headers, collector.budget) : null;
    this.#candidates = options.candidates.map(legOf);
    this.#secondary = options.secondary === null ? null : legOf(options.secondary);
    this.#legs = this.#allLegs();
  }

  get arrivals(): Arrivals {
    return this.#options.input.arrivals;
  }

  /** The candidates for which the request has no fate yet. */
  get undecided(): readonly string[] {
    return this.#candidates.map(nameOf);
  }

  /**
   * Sends the copies in random order, so that no upstream benefits from caches that another one has warmed. A self-check
   * follows after the primary leg and its delay.
   */
  sendCopies(isPrimarySent: boolean): void {
    const { request, fault } = this.#options.input;
    for (const { recipient, leg } of shuffle([...this.#legs], this.#context.random)) {
      if (this.#isFinished) return;
      const copy = { ...request, headers: recipient.changeHeaders?.(request.headers) ?? request.headers };
      if (recipient.delayMs > 0) leg.sendAfterPrimary(recipient.delayMs, copy);
      else leg.send(copy, recipient.target.role === "candidate" ? fault : null);
    }
    if (!isPrimarySent) this.#primary.dispatch([]);
  }

  requestWhole(body: Buffer): void {
    if (this.#isFinished) return;
    this.#isRequestComplete = true;
    this.#requestBody?.add(body);
    for (const one of this.#legs) if (!one.leg.requestWhole(body)) this.#dropLeg(one, "bytes");
  }

  requestData(chunk: Buffer): void {
    if (this.#isFinished) return;
    this.#requestBody?.add(chunk);
    for (const one of this.#legs) if (!one.leg.requestData(chunk)) this.#dropLeg(one, "bytes");
  }

  requestEnd(): void {
    this.#isRequestComplete = true;
    this.#primary.requestEnded();
    for (const { leg } of this.#legs) leg.requestEnd();
  }

  /** Skips the comparison, unless both the request and the response were already complete. */
  clientAborted(): void {
    if (!this.#isRequestComplete || !this.#primary.hasEnded) this.#skip("client-aborted");
  }

  start(connectMs: number | null, address: string | undefined): void {
    this.#primary.start(connectMs, address);
  }

  quirk(quirk: ProtocolQuirk): void {
    this.#primary.quirk(quirk);
  }

  interim(status: number, headers: RawHeaders): void {
    this.#primary.interim(status, headers);
  }

  head(status: number, headers: RawHeaders): void {
    this.#primary.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (this.#isFinished) return;
    if (!this.#primary.data(chunk)) return this.drop("bytes");
    for (const { leg } of this.#legs) leg.primaryAdvanced();
  }

  end(trailers: RawHeaders): void {
    this.#primary.end(trailers);
    for (const { leg } of this.#legs) leg.primaryEnded();
    this.#releaseFinished();
    this.#completeIfDone();
  }

  fail(failure: TransportFailure): void {
    this.#primary.fail(failure);
    this.#skip("primary-failed");
  }

  /** Drops all copies. */
  drop(reason: DropReason): void {
    if (this.#isFinished) return;
    this.#finish((candidate) => this.#countDropped(candidate, reason));
    this.#discardAll();
  }

  /**
   * Gives up lost copies: they keep no slot and get no fate, so the accounting shows them. A second look confirms the first,
   * because a stalled thread is late itself.
   * @returns whether there were any
   */
  abandonLost(nowMs: number): boolean {
    const { exchange, fault } = this.#options.input;
    // The time limit of a copy begins when its injected delay has passed.
    const lost = findLostLegs(this.#legs, this.#primary, exchange, nowMs - (fault?.delayMs ?? 0));
    const isConfirmed = this.#isSuspect && lost.length > 0;
    this.#isSuspect = lost.length > 0;
    for (const one of isConfirmed ? lost : []) if (!this.#isFinished) this.#removeLeg(one);
    return isConfirmed;
  }

  onLegEnd(leg: MirrorLeg): void {
    const { failure } = leg.recorder;
    const ended = this.#legs.find((one) => one.leg === leg);
    if (failure?.kind === "descriptors" && ended !== undefined) return this.#dropLeg(ended, "descriptors");
    this.#context.onLegEnd(this.#options.input.route.name, leg);
    ended?.recipient.slot.recordOutcome(failure);
    this.#releaseFinished();
    this.#completeIfDone();
  }

  onLegOutOfMemory(leg: MirrorLeg): void {
    for (const one of this.#legs) if (one.leg === leg) this.#dropLeg(one, "bytes");
  }

  isFarAhead(length: number): boolean {
    return isFarAhead(length, this.#primary.body.length);
  }

  #allLegs(): readonly RecipientLeg[] {
    return this.#secondary === null ? this.#candidates : [...this.#candidates, this.#secondary];
  }

  #completeIfDone(): void {
    if (this.#isFinished || !this.#primary.hasEnded || !this.#legs.every(({ leg }) => leg.recorder.hasEnded)) return;
    const { collector } = this.#context;
    for (const { recipient, leg } of this.#legs) {
      const lagMs = leg.recorder.lagBehind(this.#primary);
      // Only out of band can a copy be ahead.
      if (lagMs !== null && lagMs >= 0) this.#context.onDispatchLag(recipient.target, lagMs);
    }
    if (!collector.hasCapacity) return this.drop("queue");
    const { id, input } = this.#options;
    const isComparable = ({ leg }: RecipientLeg): boolean => leg.recorder.skipReason(this.#primary) === null;
    const candidates = this.#candidates.filter(isComparable);
    const secondary = this.#secondary !== null && isComparable(this.#secondary) ? this.#secondary : null;
    this.#finish((candidate) => {
      const reason = candidate.leg.recorder.skipReason(this.#primary);
      if (reason !== null) this.#countSkipped(candidate, reason);
    });
    if (candidates.length === 0) return this.#discard();
    return collector.add({
      id,
      at: input.at,
      backToBack: input.backToBack,
      route: input.route.name,
      request: input.request,
      protocol: input.received.protocol,
      requestBody: this.#requestBody,
      primary: this.#primary,
      secondary: secondary?.leg.recorder ?? null,
      candidates: candidates.map(({ leg }) => leg.recorder),
    });
  }

  #skip(reason: SkipReason): void {
    if (this.#isFinished) return;
    this.#finish((candidate) => this.#countSkipped(candidate, reason));
    this.#discard();
  }

  /** Drops one copy for which there is no memory or no descriptor. The other legs continue. */
  #dropLeg(dropped: RecipientLeg, reason: DropReason): void {
    if (this.#isFinished) return;
    // The secondary has no accounting of its own.
    if (dropped === this.#secondary) this.#context.onDrop(dropped.recipient.target.subset, reason);
    else this.#countDropped(dropped, reason);
    this.#removeLeg(dropped);
  }

  /** Without the secondary, the exchange continues without a pair; without candidates, it ends. */
  #removeLeg(removed: RecipientLeg): void {
    removed.leg.discard();
    removed.recipient.slot.release();
    if (removed === this.#secondary) this.#secondary = null;
    this.#candidates = this.#candidates.filter((candidate) => candidate !== removed);
    this.#legs = this.#allLegs();
    if (this.#candidates.length > 0) return this.#completeIfDone();
    this.#finish(() => {});
    this.#discardAll();
  }

  /**
   * Releases the slots of legs that have ended, so that a candidate that hangs does not block the others. An out-of-band primary
   * has no slots of its own: the slots of the copies limit it, and stay occupied until it has ended.
   */
  #releaseFinished(): void {
    if (this.#options.input.abortPrimary !== null && !this.#primary.hasEnded) return;
    for (const { recipient, leg } of this.#legs) if (leg.recorder.hasEnded) recipient.slot.release();
  }

  #countDropped(candidate: RecipientLeg, reason: DropReason): void {
    const name = nameOf(candidate);
    this.#context.collector.count(this.#options.input.at, name, "dropped", reason);
    this.#context.onDrop(name, reason);
  }

  #countSkipped(candidate: RecipientLeg, reason: SkipReason): void {
    const { at, route } = this.#options.input;
    const name = nameOf(candidate);
    this.#context.collector.count(at, name, "mirrored");
    this.#context.collector.count(at, name, "skipped", reason);
    this.#context.onSkip(route.name, name);
  }

  #finish(count: (candidate: RecipientLeg) => void): void {
    this.#isFinished = true;
    for (const { recipient } of this.#legs) recipient.slot.release();
    for (const candidate of this.#candidates) count(candidate);
    this.#context.onFinish(this);
    this.#options.lease.release();
    this.#options.input.exchange.copiesEnded();
  }

  #discardAll(): void {
    this.#discard();
    if (!this.#primary.hasEnded) this.#options.input.abortPrimary?.();
  }

  #discard(): void {
    this.#primary.body.release();
    this.#requestBody?.release();
    for (const { leg } of this.#legs) leg.discard();
  }
}

function nameOf({ recipient }: RecipientLeg): string {
  return recipient.target.subset;
}
