import type { Capture, Exchange, RawHeaders, MirroredCapture } from "../model/capture.ts";
import type { LegRecorder } from "./leg-recorder.ts";
import type { Redactor } from "./header-redactor.ts";

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

/** Whether every role gave the very answer that the primary gave: then there is nothing to compare. */
export function isIdenticalEverywhere({ primary, secondary, candidates }: FinishedExchange): boolean {
  const isIdentical = (leg: LegRecorder): boolean => hasSameBody(leg, primary) && leg.hasSameHeadAs(primary);
  return candidates.every(isIdentical) && (secondary === null || isIdentical(secondary));
}

/** An exchange ready to be packed: its bodies are still in the memory that they were received in. */
export interface BuiltExchange {
  readonly exchange: Exchange;
  /** Of all bodies that have to be taken along. */
  readonly bytes: number;
}

/** Judges by bytes what is equal, replaces secrets, and leaves out what another part says already. */
export function buildExchange(finished: FinishedExchange, redactor: Redactor): BuiltExchange {
  const { primary, secondary, candidates } = finished;
  const [headers, trailers] = [redactor.headers(primary.headers), redactor.headers(primary.trailers)];
  let bytes = 0;
  const capture = (leg: LegRecorder, headers: RawHeaders, trailers: RawHeaders, noBytes: boolean): Capture => {
    const { subset, failure, status, timing, body } = leg;
    const prefix = noBytes ? NO_BYTES : body.prefix();
    bytes += prefix.length;
    const drafted = { bytes: prefix, length: body.length, tailHash: body.tailHash() };
    return { subset, failure, status, headers, trailers, body: drafted, timing };
  };
  const shadowOf = (leg: LegRecorder): MirroredCapture => {
    const sameBody = hasSameBody(leg, primary);
    const identical = sameBody && leg.hasSameHeadAs(primary);
    // One list for both where they are equal: it is redacted, sent and looked at once.
    const fieldsOf = (raw: RawHeaders, rawPrimary: RawHeaders, clean: RawHeaders): RawHeaders =>
      identical ? NO_FIELDS : sameTexts(raw, rawPrimary) ? clean : redactor.headers(raw);
    const ownHeaders = fieldsOf(leg.headers, primary.headers, headers);
    const ownTrailers = fieldsOf(leg.trailers, primary.trailers, trailers);
    return { capture: capture(leg, ownHeaders, ownTrailers, sameBody), identical, sameBody };
  };
  const exchange: Exchange = {
    id: finished.id,
    at: finished.at,
    route: finished.route,
    method: finished.request.method,
    target: redactor.target(finished.request.target),
    headers: redactor.headers(finished.request.headers),
    primary: capture(primary, headers, trailers, false),
    secondary: secondary === null ? null : shadowOf(secondary),
    candidates: candidates.map(shadowOf),
  };
  return { exchange, bytes };
}

/** Lets go of the memory that the bodies were received in. */
export function releaseBodies({ primary, secondary, candidates }: FinishedExchange): void {
  primary.body.release();
  secondary?.body.release();
  for (const { body } of candidates) body.release();
}

function hasSameBody(leg: LegRecorder, primary: LegRecorder): boolean {
  return leg.failure === null && primary.failure === null && leg.body.equals(primary.body);
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
