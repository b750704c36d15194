import type { ByteBudget } from "../capture/byte-budget.ts";
import { LegRecorder } from "../capture/leg-recorder.ts";
import type { ProtocolQuirk, RawHeaders, Role, TransportFailure } from "../model/capture.ts";
import type { LegFault, UpstreamRequest } from "../model/mirror-stage.ts";
import type { ExchangeTrace, LegSpan } from "../model/tracing/trace.ts";
import { withFault } from "../upstream/faulty-client.ts";
import type { Leg, LegTimeouts, ResponseHandler, UpstreamClient } from "../upstream/leg.ts";
import { RequestBodyCopy } from "./request-body-copy.ts";

/** A copy has no time limit until the primary leg has ended: both may wait for the same slow client. */
const UNLIMITED: LegTimeouts = { headMs: Infinity, idleMs: Infinity, totalMs: 0 };

/** An upstream that receives copies. */
export interface MirrorTarget {
  readonly role: Exclude<Role, "primary">;
  readonly subset: string;
  readonly client: UpstreamClient;
  /** Milliseconds that a leg may take after the primary leg has ended. */
  readonly timeoutMs: number;
}

/** The mirrored request that a leg belongs to. */
export interface MirrorLegOwner {
  /** The leg is complete or has failed; see its recorder. */
  onLegEnd(leg: MirrorLeg): void;
  /** The budget has no memory left for the response of the leg. */
  onLegOutOfMemory(leg: MirrorLeg): void;
  /** Whether a response body of this length is far longer than the primary's so far. */
  isFarAhead(length: number): boolean;
}

/** A recipient of copies for this request. */
interface LegRecipient {
  readonly target: MirrorTarget;
  /** Its budget limits the request body that the upstream has not read, and the captured response. */
  readonly slot: { readonly budget: ByteBudget };
  /** See `LegRecorder.level`. */
  readonly level: number;
}

/** What all legs of a mirrored request share. */
interface LegContext {
  readonly owner: MirrorLegOwner;
  readonly hasBody: boolean;
  /** Largest part of a body that is kept, in bytes. */
  readonly bodyCap: number;
  /** Null unless the request is traced. */
  readonly trace: ExchangeTrace | null;
}

/** The copy of one request to a candidate or to the secondary. */
export class MirrorLeg implements ResponseHandler {
  readonly target: MirrorTarget;
  readonly recorder: LegRecorder;
  readonly #owner: MirrorLegOwner;
  readonly #hasBody: boolean;
  readonly #budget: ByteBudget;
  /** Of a body that is read piece by piece. */
  #body: RequestBodyCopy | null = null;
  /** The body, if it was complete before the copy is sent. It is charged to the budget until then. */
  #whole: Buffer | null = null;
  #leg: Leg | null = null;
  #startDelay: (() => void) | undefined;
  #delay: NodeJS.Timeout | undefined;
  #hasPrimaryEnded = false;
  #isDiscarded = false;
  readonly #bodyCap: number;
  readonly #trace: ExchangeTrace | null;
  #span: LegSpan | null = null;
  #isWaiting = false;

  constructor({ target, slot: { budget }, level }: LegRecipient, { owner, hasBody, bodyCap, trace }: LegContext) {
    this.target = target;
    this.#owner = owner;
    this.#bodyCap = bodyCap;
    this.#trace = trace;
    this.#hasBody = hasBody;
    this.#budget = budget;
    this.recorder = new LegRecorder(target.subset, bodyCap, budget);
    this.recorder.level = level;
  }

  /** @param fault injected in front of the upstream; its delay counts as latency of the upstream */
  send(request: UpstreamRequest, fault: LegFault | null): void {
    const body = this.#whole ?? this.#copyOfBody()?.stream ?? null;
    const client = fault === null ? this.target.client : withFault(this.target.client, fault);
    const { role, subset } = this.target;
    this.#span = this.#trace?.startCopy(role, subset, request) ?? null;
    const { headers } = this.#span ?? request;
    this.recorder.dispatch(headers);
    this.#leg = client.send({ ...request, headers, body }, UNLIMITED, this);
    if (this.#hasPrimaryEnded) this.#leg.setDeadline(this.target.timeoutMs);
  }

  /**
   * Sends the request some time after the primary leg has ended: a server that coalesces equal requests in flight would give
   * both the same response. Latency and time limit begin when it is sent.
   */
  sendAfterPrimary(ms: number, request: UpstreamRequest): void {
    const send = (): void => this.send(request, null);
    this.#startDelay = () => {
      this.#delay = setTimeout(send, ms);
    };
    if (this.#hasPrimaryEnded) this.#startDelay();
  }

  /**
   * The body is complete before the copy is sent, and is not copied.
   * @returns false when it exceeds the budget; the leg must then be discarded
   */
  requestWhole(body: Buffer): boolean {
    if (this.#isDiscarded) return true;
    if (!this.#budget.tryTake(body.length)) return false;
    this.#whole = body;
    return true;
  }

  /** @returns false when the upstream reads too slowly; the leg must then be discarded */
  requestData(chunk: Buffer): boolean {
    return this.#isDiscarded || (this.#copyOfBody()?.push(chunk) ?? true);
  }

  requestEnd(): void {
    this.recorder.requestEnded();
    this.#body?.end();
  }

  /** Aborts the leg without a result, and frees its memory. What follows, such as the rest of the request, is ignored. */
  discard(): void {
    this.#isDiscarded = true;
    clearTimeout(this.#delay);
    this.#span?.end(this.recorder.status, "aborted");
    this.#leg?.abort();
    this.#body?.release();
    this.#releaseWhole();
    this.recorder.body.release();
  }

  /** More of the primary's response has arrived. */
  primaryAdvanced(): void {
    if (this.#isWaiting && !this.#owner.isFarAhead(this.recorder.body.length)) this.#continue();
  }

  /** The primary leg has ended, so the time limit of this leg begins. */
  primaryEnded(): void {
    if (this.#isDiscarded) return;
    this.#hasPrimaryEnded = true;
    this.#startDelay?.();
    this.#leg?.setDeadline(this.target.timeoutMs);
    if (this.#isWaiting) this.#continue();
    this.#checkLength();
  }

  start(connectMs: number | null, address: string | undefined): void {
    this.#releaseWhole();
    this.recorder.start(connectMs, address);
  }

  quirk(quirk: ProtocolQuirk): void {
    this.recorder.quirk(quirk);
  }

  interim(status: number, headers: RawHeaders): void {
    this.recorder.interim(status, headers);
  }

  head(status: number, _reason: string, headers: RawHeaders): void {
    this.recorder.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (this.recorder.data(chunk)) this.#checkLength();
    else this.#owner.onLegOutOfMemory(this);
  }

  end(trailers: RawHeaders): void {
    this.#releaseWhole();
    this.recorder.end(trailers);
    this.#span?.end(this.recorder.status, null);
    this.#owner.onLegEnd(this);
  }

  fail(failure: TransportFailure): void {
    this.#releaseWhole();
    this.recorder.fail(failure);
    this.#span?.end(this.recorder.status, failure.kind);
    this.#owner.onLegEnd(this);
  }

  #copyOfBody(): RequestBodyCopy | null {
    return this.#hasBody ? (this.#body ??= new RequestBodyCopy(this.#budget)) : null;
  }

  /** The leg has read the body, or never will. */
  #releaseWhole(): void {
    this.#budget.give(this.#whole?.length ?? 0);
    this.#whole = null;
  }

  #continue(): void {
    this.#isWaiting = false;
    this.#leg?.resume();
  }

  /**
   * A response that continues long after the primary's has ended is a difference. Before that, what is not captured waits for the
   * primary: the client may read slowly, and an endless response would occupy the thread for as long.
   */
  #checkLength(): void {
    const { hasEnded, body } = this.recorder;
    if (hasEnded || !this.#owner.isFarAhead(body.length)) return;
    if (!this.#hasPrimaryEnded) {
      if (this.#isWaiting || body.length <= this.#bodyCap) return;
      this.#isWaiting = true;
      return this.#leg?.pause();
    }
    this.#leg?.abort();
    this.fail({ kind: "endless", detail: "the response continued long after the primary's response had ended" });
  }
}
