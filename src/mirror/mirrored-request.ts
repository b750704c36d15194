import type { CaptureCollector } from "../capture/capture-collector.ts";
import { LegRecorder } from "../capture/leg-recorder.ts";
import type { HeaderChange } from "../http/header-operations.ts";
import type { IntrusiveItem } from "../lib/intrusive-set.ts";
import type { DropReason, SkipReason } from "../model/accounting.ts";
import type { RawHeaders, TransportFailure } from "../model/capture.ts";
import type { MirroredExchange, MirrorInput } from "../model/mirror-stage.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import { MirrorLeg, type MirrorLegOwner, type MirrorTarget } from "./mirror-leg.ts";
import type { MirrorSlot } from "./mirror-slots.ts";
import { shuffle } from "./sampling.ts";

/** An upstream that receives a copy of a request, and the slot that the copy occupies. */
export interface MirrorRecipient {
  readonly target: MirrorTarget;
  readonly slot: MirrorSlot;
  /** Null leaves the header fields unchanged. */
  readonly changeHeaders: HeaderChange | null;
}

/** What all mirrored requests of a thread share. */
export interface MirrorContext {
  readonly collector: CaptureCollector;
  readonly maxBodyBytes: number;
  readonly random: () => number;
  onLegEnd(route: string, target: MirrorTarget, status: number, totalMs: number): void;
  onDrop(subset: string, reason: DropReason): void;
  /** The request is finished: its slots are free. Its counts follow in the same turn of the event loop. */
  onFinish(request: MirroredRequest): void;
}

export interface MirroredRequestOptions {
  readonly id: string;
  readonly input: MirrorInput;
  readonly candidates: readonly MirrorRecipient[];
  readonly secondary: MirrorRecipient | null;
  /** Held by this request until it is finished. */
  readonly lease: ClientLease;
}

/**
 * A response body is endless when the primary's has ended and it exceeds both limits: it differs in any case, and must not
 * cost more. Bodies that differ a little in length stay below the limits.
 */
const ENDLESS_FACTOR = 2;
const ENDLESS_MARGIN_BYTES = 256 * 1024;

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
  /** The candidates whose copies were not dropped. */
  #candidates: readonly RecipientLeg[];
  #secondary: RecipientLeg | null;
  /** The candidates, followed by the secondary. */
  #legs: readonly RecipientLeg[];
  #isRequestComplete: boolean;
  #isFinished = false;

  constructor(context: MirrorContext, options: MirroredRequestOptions) {
    const { collector, maxBodyBytes } = context;
    const { hasBody, primarySubset } = options.input;
    const createLeg = (recipient: MirrorRecipient): RecipientLeg => ({
      recipient,
      leg: new MirrorLeg(recipient.target, this, hasBody, maxBodyBytes, recipient.slot.budget),
    });
    this.#context = context;
    this.#options = options;
    this.#isRequestComplete = !hasBody;
    this.#primary = new LegRecorder(primarySubset, maxBodyBytes, collector.budget);
    this.#candidates = options.candidates.map(createLeg);
    this.#secondary = options.secondary === null ? null : createLeg(options.secondary);
    this.#legs = this.#allLegs();
  }

  /** Sends the copies in random order, so that no upstream benefits from caches that another one has warmed. */
  sendCopies(): void {
    const { request, fault } = this.#options.input;
    for (const { recipient, leg } of shuffle([...this.#legs], this.#context.random)) {
      if (this.#isFinished) return;
      const headers = recipient.changeHeaders?.(request.headers) ?? request.headers;
      leg.send({ ...request, headers }, recipient.target.role === "candidate" ? fault : null);
    }
  }

  requestData(chunk: Buffer): void {
    for (const one of this.#legs) if (!one.leg.requestData(chunk)) this.#dropLeg(one);
  }

  requestEnd(): void {
    this.#isRequestComplete = true;
    for (const { leg } of this.#legs) leg.requestEnd();
  }

  /** Skips the comparison, unless both the request and the response were already complete. */
  clientAborted(): void {
    if (!this.#isRequestComplete || !this.#primary.hasEnded) this.#skip("client-aborted");
  }

  start(connectMs: number | null): void {
    this.#primary.start(connectMs);
  }

  head(status: number, headers: RawHeaders): void {
    this.#primary.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (!this.#isFinished && !this.#primary.data(chunk)) this.drop("bytes");
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

  onLegEnd(leg: MirrorLeg): void {
    const { status, timing, failure } = leg.recorder;
    this.#context.onLegEnd(this.#options.input.route.name, leg.target, status, timing.totalMs);
    this.#legs.find((one) => one.leg === leg)?.recipient.slot.recordOutcome(failure);
    this.#releaseFinished();
    this.#completeIfDone();
  }

  onLegOutOfMemory(leg: MirrorLeg): void {
    for (const one of this.#legs) if (one.leg === leg) this.#dropLeg(one);
  }

  isEndless(length: number): boolean {
    const { hasEnded, body } = this.#primary;
    return hasEnded && length > Math.max(body.length * ENDLESS_FACTOR, body.length + ENDLESS_MARGIN_BYTES);
  }

  #allLegs(): readonly RecipientLeg[] {
    return this.#secondary === null ? this.#candidates : [...this.#candidates, this.#secondary];
  }

  #completeIfDone(): void {
    if (this.#isFinished || !this.#primary.hasEnded || !this.#legs.every(({ leg }) => leg.recorder.hasEnded)) return;
    const { collector } = this.#context;
    if (!collector.hasCapacity) return this.drop("queue");
    const { id, input } = this.#options;
    this.#finish((candidate) => collector.count(input.at, candidate, "received"));
    collector.add({
      id,
      at: input.at,
      route: input.route.name,
      request: input.request,
      primary: this.#primary,
      secondary: this.#secondary?.leg.recorder ?? null,
      candidates: this.#candidates.map(({ leg }) => leg.recorder),
    });
  }

  #skip(reason: SkipReason): void {
    if (this.#isFinished) return;
    const { collector } = this.#context;
    const { at, route } = this.#options.input;
    this.#finish((candidate) => {
      collector.count(at, candidate, "received");
      collector.count(at, candidate, "mirrored");
      collector.count(at, candidate, "skipped", reason, route.name);
    });
    this.#discard();
  }

  /** Drops one copy for which there is no memory. The other legs continue. */
  #dropLeg(dropped: RecipientLeg): void {
    if (this.#isFinished) return;
    const { target, slot } = dropped.recipient;
    dropped.leg.discard();
    slot.release();
    if (dropped === this.#secondary) {
      // The exchange continues without a pair. The secondary has no accounting of its own.
      this.#secondary = null;
      this.#legs = this.#allLegs();
      this.#context.onDrop(target.subset, "bytes");
      return this.#completeIfDone();
    }
    this.#countDropped(target.subset, "bytes");
    this.#candidates = this.#candidates.filter((candidate) => candidate !== dropped);
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

  #countDropped(candidate: string, reason: DropReason): void {
    const { collector } = this.#context;
    const { at } = this.#options.input;
    collector.count(at, candidate, "received");
    collector.count(at, candidate, "dropped", reason);
    this.#context.onDrop(candidate, reason);
  }

  #finish(count: (candidate: string) => void): void {
    this.#isFinished = true;
    for (const { recipient } of this.#legs) recipient.slot.release();
    for (const { recipient } of this.#candidates) count(recipient.target.subset);
    this.#context.onFinish(this);
    this.#options.lease.release();
  }

  #discardAll(): void {
    this.#discard();
    if (!this.#primary.hasEnded) this.#options.input.abortPrimary?.();
  }

  #discard(): void {
    this.#primary.body.release();
    for (const { leg } of this.#legs) leg.discard();
  }
}
