import type { Capture, MirroredCapture } from "../model/capture.ts";
import { compareBodies } from "./compare-body.ts";
import { NO_DIFFERENCES, type FieldDifference, type FieldDifferences } from "./field-difference.ts";
import { compareHeaderFields, compareStatus, type ComparedMessage } from "./compare-head.ts";
import { compareInterims } from "./compare-interims.ts";
import { compareQuirks, transportDifference } from "./compare-transport.ts";
import { createHeaderMap, type CapturedResponse } from "./captured-response.ts";
import type { ComparisonContext } from "./comparison-context.ts";

/** A response can have thousands of different header fields. */
const MAX_HEAD_DIFFERENCES = 100;

/**
 * Compares the response of a candidate or secondary with the primary's, which must be complete.
 * @param mirrored the capture of `other`, which says which parts are identical
 * @param method of the request
 * @param context undefined when nothing is known about the endpoint
 */
export function compareCaptures(
  primary: CapturedResponse,
  other: CapturedResponse,
  mirrored: MirroredCapture,
  method: string,
  context?: ComparisonContext,
): FieldDifferences {
  const { failure } = other.capture;
  if (failure !== null) return { differences: [transportDifference(other.capture)], overflow: false };
  if (mirrored.identical) return NO_DIFFERENCES;

  const message = { method, target: primary.target, hasSameBody: mirrored.sameBody };
  const status = compareStatus(primary.head, other.head);
  const headers =
    primary.fields === other.fields
      ? []
      : compareHeaderFields("header", primary.fields, other.fields, message, context);
  const head = [
    ...status,
    ...compareQuirks(primary.head, other.head),
    ...compareInterims(primary.head, other.head, context),
    ...headers,
    ...compareTrailers(primary.head, other.head, message, context),
  ];
  const skipsBody = [...status, ...headers].some((difference) => impliesBody(difference, primary, other, context));
  const sameBody = mirrored.sameBody && primary.body.isReadLike(other.body);
  const body = skipsBody || sameBody ? NO_DIFFERENCES : compareBodies(primary.body, other.body, context);
  return {
    differences: [...head.slice(0, MAX_HEAD_DIFFERENCES), ...body.differences],
    overflow: body.overflow || head.length > MAX_HEAD_DIFFERENCES,
  };
}

function compareTrailers(
  a: Capture,
  b: Capture,
  message: ComparedMessage,
  context: ComparisonContext | undefined,
): FieldDifference[] {
  if (a.trailers.length === 0 && b.trailers.length === 0) return [];
  return compareHeaderFields("trailer", createHeaderMap(a.trailers), createHeaderMap(b.trailers), message, context);
}

/**
 * Whether a difference implies that the bodies differ: another status or media type means another document. A difference
 * that the rules leave out of the report must not hide the body.
 */
function impliesBody(
  { section, path, kind }: FieldDifference,
  primary: CapturedResponse,
  other: CapturedResponse,
  context: ComparisonContext | undefined,
): boolean {
  const otherType = path === "content-type" && primary.body.mediaType !== other.body.mediaType;
  return (section === "status" || otherType) && context?.rules?.leavesOut(section, path, kind) !== true;
}
