import { traceOf } from "../http/trace-context.ts";
import type { Capture, ClientProtocol, Exchange, RawHeaders, MirroredCapture } from "../model/capture.ts";
import type { LegRecorder } from "./leg-recorder.ts";
import type { HeaderRedactor } from "./header-redactor.ts";
import type { RequestBodyStart } from "./request-body-start.ts";

const NO_FIELDS: RawHeaders = [];
const NO_BYTES = new Uint8Array(0);

/** A mirrored request whose legs have all ended. */
export interface FinishedExchange {
  readonly id: string;
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  /** See `Exchange.backToBack`. */
  readonly backToBack: boolean;
  readonly route: string;
  readonly request: { readonly method: string; readonly target: string; readonly headers: RawHeaders };
  /** See `Exchange.protocol`. */
  readonly protocol: ClientProtocol | undefined;
  /** Null if no attributes are read from it. */
  readonly requestBody: RequestBodyStart | null;
  readonly primary: LegRecorder;
  readonly secondary: LegRecorder | null;
  readonly candidates: readonly LegRecorder[];
}

/** Whether all responses are identical to the primary's, so that there is nothing to compare. */
export function isIdenticalEverywhere({ primary, secondary, candidates }: FinishedExchange): boolean {
  const isIdentical = (leg: LegRecorder): boolean => hasSameBody(leg, primary) && leg.hasSameHeadAs(primary);
  return candidates.every(isIdentical) && (secondary === null || isIdentical(secondary));
}

/** An exchange that is ready to be packed. Its bodies are views of the recorders' memory. */
export interface BuiltExchange {
  readonly exchange: Exchange;
  /** Sum of the lengths of its bodies. */
  readonly bodyBytes: number;
}

/**
 * Redacts an exchange, and omits the headers and bodies that are identical to the primary's.
 * @param controlLimit see `Exchange.controlLimit`; without it, the exchange gets nothing that only attributes need
 */
export function buildExchange(
  finished: FinishedExchange,
  redactor: HeaderRedactor,
  controlLimit?: number,
): BuiltExchange {
  const { primary, secondary, candidates } = finished;
  const primaryHeaders = redactor.headers(primary.headers);
  const primaryTrailers = redactor.headers(primary.trailers);
  const explained = controlLimit === undefined ? undefined : explainedParts(finished, redactor, controlLimit);
  let bodyBytes = explained?.requestBody?.bytes.length ?? 0;
  const primaryInterims = redactor.headers(primary.interims);
  const primaryTrace = traceOf(finished.request.headers);
  const capture = (
    leg: LegRecorder,
    { headers, trailers, interims }: Pick<Capture, "headers" | "trailers" | "interims">,
    omitsBody: boolean,
    sent: RawHeaders,
  ): Capture => {
    const { subset, failure, status, timing, body, quirks, address } = leg;
    const bytes = omitsBody ? NO_BYTES : body.prefix();
    bodyBytes += bytes.length;
    return {
      subset,
      failure,
      status,
      headers,
      trailers,
      interims,
      quirks,
      body: { bytes, length: body.length, tailHash: body.tailHash() },
      timing,
      address,
      trace: (sent === finished.request.headers ? primaryTrace : traceOf(sent)) ?? undefined,
    };
  };
  const mirroredCapture = (leg: LegRecorder): MirroredCapture => {
    const sameBody = hasSameBody(leg, primary);
    const identical = sameBody && leg.hasSameHeadAs(primary);
    // Equal lists share one object, so that they are redacted, sent and compared once.
    const fieldsOf = (raw: RawHeaders, primaryRaw: RawHeaders, primaryRedacted: RawHeaders): RawHeaders =>
      identical ? NO_FIELDS : areEqual(raw, primaryRaw) ? primaryRedacted : redactor.headers(raw);
    const fields = {
      headers: fieldsOf(leg.headers, primary.headers, primaryHeaders),
      trailers: fieldsOf(leg.trailers, primary.trailers, primaryTrailers),
      interims: fieldsOf(leg.interims, primary.interims, primaryInterims),
    };
    return { capture: capture(leg, fields, sameBody, leg.sent), identical, sameBody, level: leg.level };
  };
  const exchange: Exchange = {
    id: finished.id,
    at: finished.at,
    backToBack: finished.backToBack,
    route: finished.route,
    method: finished.request.method,
    target: redactor.target(finished.request.target),
    headers: redactor.headers(finished.request.headers),
    primary: capture(
      primary,
      { headers: primaryHeaders, trailers: primaryTrailers, interims: primaryInterims },
      false,
      finished.request.headers,
    ),
    secondary: secondary === null ? null : mirroredCapture(secondary),
    candidates: candidates.map(mirroredCapture),
    ...explained,
  };
  return { exchange, bodyBytes };
}

/** Frees the recorded bodies. */
export function releaseBodies({ requestBody, primary, secondary, candidates }: FinishedExchange): void {
  requestBody?.release();
  primary.body.release();
  secondary?.body.release();
  for (const { body } of candidates) body.release();
}

function explainedParts(
  { protocol, request, requestBody }: FinishedExchange,
  redactor: HeaderRedactor,
  controlLimit: number,
): Pick<Exchange, "protocol" | "requestBody" | "claims" | "controlLimit"> {
  return { protocol, requestBody: requestBody?.capture(), claims: redactor.claims(request.headers), controlLimit };
}

function hasSameBody(leg: LegRecorder, primary: LegRecorder): boolean {
  return leg.failure === null && primary.failure === null && leg.body.equals(primary.body);
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
