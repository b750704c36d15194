import type { ByteBudget } from "../capture/byte-budget.ts";
import { LegRecorder } from "../capture/leg-recorder.ts";
import type { RawHeaders, Role, TransportFailure } from "../model/capture.ts";
import { type LegFault, withFault } from "../upstream/faulty-client.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../upstream/leg.ts";
import { RequestBodyCopy } from "./request-body-copy.ts";

/** Until the primary has ended, a copy may take as long as the primary does: it may wait for the same slow client. */
const UNLIMITED: LegTimeouts = { headMs: Infinity, idleMs: Infinity, totalMs: 0 };

/** An upstream that gets copies. */
export interface MirrorTarget {
  readonly role: Exclude<Role, "primary">;
  readonly subset: string;
  readonly client: UpstreamClient;
  /** How long it may go on when the primary has ended. */
  readonly timeoutMs: number;
}

/** What a leg tells the exchange that it belongs to. */
export interface MirrorLegOwner {
  /** Complete or failed; the recorder says which. */
  legEnded(leg: MirrorLeg): void;
  /** There is no memory to hold more of what it sends. */
  legOutOfBudget(leg: MirrorLeg): void;
  /** Whether a body of that length has been going on for too long. */
  isEndless(length: number): boolean;
}

/** The copy of one request to one candidate or to the secondary. */
export class MirrorLeg implements ResponseHandler {
  readonly target: MirrorTarget;
  readonly recorder: LegRecorder;
  readonly #owner: MirrorLegOwner;
  readonly #body: RequestBodyCopy | null;
  #leg: Leg | null = null;

  /** @param budget for what is held because of the upstream */
  constructor(target: MirrorTarget, owner: MirrorLegOwner, hasBody: boolean, bodyCap: number, budget: ByteBudget) {
    this.target = target;
    this.#owner = owner;
    this.#body = hasBody ? new RequestBodyCopy(budget) : null;
    this.recorder = new LegRecorder(target.subset, bodyCap, budget);
  }

  /** @param fault injected before the upstream; it counts as the upstream's own time */
  send(request: Omit<LegRequest, "body">, fault: LegFault | null): void {
    const body = this.#body?.stream ?? null;
    const client = fault === null ? this.target.client : withFault(this.target.client, fault);
    this.recorder.dispatched();
    this.#leg = client.send({ ...request, body }, UNLIMITED, this);
  }

  /** @returns false when the upstream reads too slowly: the leg must be given up */
  requestData(chunk: Buffer): boolean {
    return this.#body?.push(chunk) ?? true;
  }

  requestEnd(): void {
    this.#body?.end();
  }

  /** Ends the leg without a finding, and lets go of what was captured. */
  discard(): void {
    this.#leg?.abort();
    this.#body?.release();
    this.recorder.body.release();
  }

  /** The primary has ended: from now on the time of this leg is limited. */
  primaryEnded(): void {
    this.#leg?.setDeadline(this.target.timeoutMs);
    this.cutIfEndless();
  }

  /** Ends a leg that keeps sending long after the primary has ended; that is a finding. */
  cutIfEndless(): void {
    if (this.recorder.ended || !this.#owner.isEndless(this.recorder.body.length)) return;
    this.#leg?.abort();
    this.fail({ kind: "endless", detail: "kept sending after the primary had ended" });
  }

  start(connectMs: number | null): void {
    this.recorder.start(connectMs);
  }

  head(status: number, _reason: string, headers: RawHeaders): void {
    this.recorder.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (this.recorder.data(chunk)) this.cutIfEndless();
    else this.#owner.legOutOfBudget(this);
  }

  end(trailers: RawHeaders): void {
    this.recorder.end(trailers);
    this.#owner.legEnded(this);
  }

  fail(failure: TransportFailure): void {
    this.recorder.fail(failure);
    this.#owner.legEnded(this);
  }
}
