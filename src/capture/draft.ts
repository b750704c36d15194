import type { Capture, Exchange, RawHeaders, Shadow } from "../model/capture.ts";
import type { LegRecorder } from "./leg-recorder.ts";
import type { Redactor } from "./redactor.ts";

const NO_FIELDS: RawHeaders = [];
const NO_BYTES = new Uint8Array(0);

/** A mirrored request whose legs have all ended. */
export interface FinishedExchange {
  readonly id: string;
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly route: string;
  readonly request: { readonly method: string; readonly target: string; readonly headers: RawHeaders };
  readonly primary: LegRecorder;
  readonly secondary: LegRecorder | null;
  readonly candidates: readonly LegRecorder[];
}

interface DraftBody {
  bytes: Uint8Array;
  readonly length: number;
  readonly tailHash: string | null;
}

/** An exchange ready to go, its bodies still in the memory that they were received in. */
export interface Draft {
  readonly exchange: Exchange;
  /** The bodies that have bytes; the same objects are in `exchange`. */
  readonly bodies: readonly DraftBody[];
  /** Sum over `bodies`. */
  readonly bytes: number;
  /** Gives the bodies' first memory back to the budget. */
  release(): void;
}

/** Whether every role gave the very answer that the primary gave: then there is nothing to compare. */
export function isIdenticalEverywhere({ primary, secondary, candidates }: FinishedExchange): boolean {
  const isIdentical = (leg: LegRecorder): boolean => hasSameBody(leg, primary) && leg.hasSameHeadAs(primary);
  return candidates.every(isIdentical) && (secondary === null || isIdentical(secondary));
}

/** Judges by bytes what is equal, replaces secrets, and leaves out what another part says already. */
export function draftExchange(finished: FinishedExchange, redactor: Redactor): Draft {
  const { primary, secondary, candidates } = finished;
  const bodies: DraftBody[] = [];
  const shadowOf = (leg: LegRecorder): Shadow => {
    const sameBody = hasSameBody(leg, primary);
    const identical = sameBody && leg.hasSameHeadAs(primary);
    return { capture: capture(leg, identical, sameBody), identical, sameBody };
  };
  const capture = (leg: LegRecorder, noHeaders: boolean, noBytes: boolean): Capture => ({
    subset: leg.subset,
    failure: leg.failure,
    status: leg.status,
    headers: noHeaders ? NO_FIELDS : redactor.headers(leg.headers),
    trailers: noHeaders ? NO_FIELDS : redactor.headers(leg.trailers),
    body: body(leg, noBytes),
    timing: leg.timing,
  });
  const body = (leg: LegRecorder, noBytes: boolean): DraftBody => {
    const bytes = noBytes ? NO_BYTES : leg.body.prefix();
    const draft = {
      bytes: bytes.length === 0 ? NO_BYTES : bytes,
      length: leg.body.length,
      tailHash: leg.body.tailHash(),
    };
    if (bytes.length > 0) bodies.push(draft);
    return draft;
  };
  const exchange: Exchange = {
    id: finished.id,
    at: finished.at,
    route: finished.route,
    method: finished.request.method,
    target: redactor.target(finished.request.target),
    headers: redactor.headers(finished.request.headers),
    primary: capture(primary, false, false),
    secondary: secondary === null ? null : shadowOf(secondary),
    candidates: candidates.map(shadowOf),
  };
  return {
    exchange,
    bodies,
    bytes: bodies.reduce((sum, { bytes }) => sum + bytes.length, 0),
    release: () => {
      for (const leg of [primary, ...candidates, ...(secondary === null ? [] : [secondary])]) leg.body.release();
    },
  };
}

function hasSameBody(leg: LegRecorder, primary: LegRecorder): boolean {
  return leg.failure === null && primary.failure === null && leg.body.equals(primary.body);
}

/** Copies the bodies of drafts into one slab, one behind the other; the exchanges then point there. */
export function packDrafts(drafts: readonly Draft[], slab: ArrayBuffer): void {
  let offset = 0;
  for (const draft of drafts) {
    for (const body of draft.bodies) {
      const view = new Uint8Array(slab, offset, body.bytes.length);
      view.set(body.bytes);
      offset += view.length;
      body.bytes = view;
    }
    draft.release();
  }
}
