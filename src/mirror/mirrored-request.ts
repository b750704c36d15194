import type { CaptureCollector } from "../capture/capture-collector.ts";
import { LegRecorder } from "../capture/leg-recorder.ts";
import type { DropReason, SkipReason } from "../model/accounting.ts";
import type { IntrusiveItem } from "../lib/intrusive-set.ts";
import type { RawHeaders, TransportFailure } from "../model/capture.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import type { LegFault } from "../upstream/faulty-client.ts";
import type { LegRequest } from "../upstream/leg.ts";
import type { Place } from "./mirror-slots.ts";
import type { Prepare } from "./route-mirror.ts";
import { shuffle } from "./sampling.ts";
import { MirrorLeg, type MirrorLegOwner, type MirrorTarget } from "./mirror-leg.ts";

/** An upstream that a request is mirrored to, and the place that it takes there. */
export interface Admitted {
  readonly target: MirrorTarget;
  readonly place: Place;
  readonly prepare: Prepare;
}

/** What all mirrored requests of a thread share. */
export interface MirrorContext {
  readonly collector: CaptureCollector;
  readonly maxBodyBytes: number;
  readonly random: () => number;
  legEnded(route: string, target: MirrorTarget, status: number, totalMs: number): void;
  dropped(candidate: string, reason: DropReason): void;
  /** Everything is counted, and the capture is handed on or let go. */
  over(request: MirroredRequest): void;
}

export interface MirroredRequestOptions {
  readonly id: string;
  readonly at: number;
  readonly route: string;
  readonly request: Omit<LegRequest, "body">;
  readonly primarySubset: string;
  readonly hasBody: boolean;
  readonly candidates: readonly Admitted[];
  readonly secondary: Admitted | null;
  /** Injected into the candidates' legs. */
  readonly fault: LegFault | null;
  /**
   * Gives up the primary leg when that is out of band too: no client bounds it then, so it shares the candidates' places and
   * their end. Null when a client waits for it.
   */
  readonly abandonPrimary: (() => void) | null;
  /** Of the connections, entered by this request; left when it is over. */
  readonly lease: ClientLease;
}

/**
 * A body beyond both, when the primary's has ended, is not waited for: whatever comes, it is another one. Bodies that differ a
 * little in length are no such thing, and one that never ends must not cost much.
 */
const ENDLESS_FACTOR = 2;
const ENDLESS_MARGIN = 256 * 1024;

/** An upstream's part in one request. */
interface Part {
  readonly admitted: Admitted;
  readonly leg: MirrorLeg;
}

/**
 * One request that is mirrored, from its arrival until its answers are on their way to be compared. It listens to the
 * primary leg and runs the others; nothing that happens here reaches the client.
 */
export class MirroredRequest implements MirrorLegOwner, IntrusiveItem {
  setIndex = 0;
  readonly #context: MirrorContext;
  readonly #options: MirroredRequestOptions;
  readonly #primary: LegRecorder;
  /** Those that are still part of it. */
  #candidates: readonly Part[];
  #secondary: Part | null;
  /** Both. */
  #parts: readonly Part[];
  #requestComplete: boolean;
  /** Everything is counted and let go. */
  #over = false;

  constructor(context: MirrorContext, options: MirroredRequestOptions) {
    const { collector, maxBodyBytes } = context;
    const partOf = (admitted: Admitted): Part => ({
      admitted,
      leg: new MirrorLeg(admitted.target, this, options.hasBody, maxBodyBytes, admitted.place.budget),
    });
    this.#context = context;
    this.#options = options;
    this.#requestComplete = !options.hasBody;
    this.#primary = new LegRecorder(options.primarySubset, maxBodyBytes, collector.budget);
    this.#candidates = options.candidates.map(partOf);
    this.#secondary = options.secondary === null ? null : partOf(options.secondary);
    this.#parts = this.#joined();
  }

  /** Sends the copies, in random order, so that none profits from caches that another has warmed. */
  send(): void {
    const { request, fault } = this.#options;
    for (const { admitted, leg } of shuffle([...this.#parts], this.#context.random)) {
      if (this.#over) return;
      const headers = admitted.prepare(request.headers);
      leg.send({ ...request, headers }, admitted.target.role === "candidate" ? fault : null);
    }
  }

  requestData(chunk: Buffer): void {
    for (const part of this.#parts) if (!part.leg.requestData(chunk)) this.#detach(part);
  }

  requestEnd(): void {
    this.#requestComplete = true;
    for (const { leg } of this.#parts) leg.requestEnd();
  }

  /** The client went away; that matters unless request and answer were complete. */
  clientAborted(): void {
    if (!this.#requestComplete || !this.#primary.ended) this.#skip("client-aborted");
  }

  start(connectMs: number | null): void {
    this.#primary.start(connectMs);
  }

  head(status: number, headers: RawHeaders): void {
    this.#primary.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (!this.#over && !this.#primary.data(chunk)) this.outOfBudget();
  }

  end(trailers: RawHeaders): void {
    this.#primary.end(trailers);
    for (const { leg } of this.#parts) leg.primaryEnded();
    this.#leaveWhoAreDone();
    this.#completeIfDone();
  }

  fail(failure: TransportFailure): void {
    this.#primary.fail(failure);
    this.#skip("primary-failed");
  }

  legEnded(leg: MirrorLeg): void {
    const { status, timing, failure } = leg.recorder;
    this.#context.legEnded(this.#options.route, leg.target, status, timing.totalMs);
    this.#parts.find((part) => part.leg === leg)?.admitted.place.ended(failure);
    this.#leaveWhoAreDone();
    this.#completeIfDone();
  }

  isEndless(length: number): boolean {
    const { ended, body } = this.#primary;
    return ended && length > Math.max(body.length * ENDLESS_FACTOR, body.length + ENDLESS_MARGIN);
  }

  outOfBudget(): void {
    this.#drop("bytes");
  }

  legOutOfBudget(leg: MirrorLeg): void {
    for (const part of this.#parts) if (part.leg === leg) this.#detach(part);
  }

  /** There is no time left to wait for the answers. */
  giveUp(): void {
    this.#drop("queue");
  }

  #joined(): readonly Part[] {
    return this.#secondary === null ? this.#candidates : [...this.#candidates, this.#secondary];
  }

  #completeIfDone(): void {
    if (this.#over || !this.#primary.ended || !this.#parts.every(({ leg }) => leg.recorder.ended)) return;
    const { collector } = this.#context;
    if (!collector.hasRoom) return this.#drop("queue");
    this.#settle((candidate) => collector.count(this.#options.at, candidate, "received"));
    collector.add({
      id: this.#options.id,
      at: this.#options.at,
      route: this.#options.route,
      request: this.#options.request,
      primary: this.#primary,
      secondary: this.#secondary?.leg.recorder ?? null,
      candidates: this.#candidates.map(({ leg }) => leg.recorder),
    });
  }

  #skip(reason: SkipReason): void {
    if (this.#over) return;
    const { collector } = this.#context;
    this.#settle((candidate) => {
      collector.count(this.#options.at, candidate, "received");
      collector.count(this.#options.at, candidate, "mirrored");
      collector.count(this.#options.at, candidate, "skipped", reason, this.#options.route);
    });
    this.#discard();
  }

  #drop(reason: DropReason): void {
    if (this.#over) return;
    this.#settle((candidate) => this.#countDropped(candidate, reason));
    this.#discardAll();
  }

  /** Gives up one leg, for which there is no memory; the others are not concerned. */
  #detach(part: Part): void {
    if (this.#over) return;
    const { target, place } = part.admitted;
    part.leg.discard();
    place.leave();
    if (part === this.#secondary) {
      // The exchange goes on without its pair; the secondary has no accounting of its own.
      this.#secondary = null;
      this.#parts = this.#joined();
      this.#context.dropped(target.subset, "bytes");
      return this.#completeIfDone();
    }
    this.#countDropped(target.subset, "bytes");
    this.#candidates = this.#candidates.filter((candidate) => candidate !== part);
    this.#parts = this.#joined();
    if (this.#candidates.length > 0) return this.#completeIfDone();
    this.#settle(() => {});
    this.#discardAll();
  }

  /**
   * Who has answered gives the place free, so that one that hangs does not keep the others from being tried. A primary that
   * no client waits for has no places of its own: those of the others bound it.
   */
  #leaveWhoAreDone(): void {
    if (this.#options.abandonPrimary !== null && !this.#primary.ended) return;
    for (const { admitted, leg } of this.#parts) if (leg.recorder.ended) admitted.place.leave();
  }

  #countDropped(candidate: string, reason: DropReason): void {
    const { collector } = this.#context;
    collector.count(this.#options.at, candidate, "received");
    collector.count(this.#options.at, candidate, "dropped", reason);
    this.#context.dropped(candidate, reason);
  }

  #settle(count: (candidate: string) => void): void {
    this.#over = true;
    for (const { admitted } of this.#parts) admitted.place.leave();
    for (const { admitted } of this.#candidates) count(admitted.target.subset);
    this.#context.over(this);
    this.#options.lease.leave();
  }

  #discardAll(): void {
    this.#discard();
    if (!this.#primary.ended) this.#options.abandonPrimary?.();
  }

  #discard(): void {
    this.#primary.body.release();
    for (const { leg } of this.#parts) leg.discard();
  }
}
