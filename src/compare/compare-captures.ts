import type { Capture, MirroredCapture } from "../model/capture.ts";
import { compareBodies } from "./compare-body.ts";
import { NO_DIFFERENCES, type FieldDifference, type FieldDifferences } from "./field-difference.ts";
import { compareHeaderFields, compareStatus } from "./compare-head.ts";
import { createHeaderMap, type CapturedResponse } from "./captured-response.ts";
import type { RuleContext } from "./rules/rule-book.ts";

/** A response can have thousands of different header fields. */
const MAX_HEAD_DIFFERENCES = 100;

/**
 * Compares the response of a candidate or secondary with the primary's, which must be complete.
 * @param mirrored the capture of `other`, which says which parts are identical
 * @param method of the request
 * @param context the active rules; undefined when there are none
 */
export function compareCaptures(
  primary: CapturedResponse,
  other: CapturedResponse,
  mirrored: MirroredCapture,
  method: string,
  context?: RuleContext,
): FieldDifferences {
  const { failure } = other.capture;
  if (failure !== null) return { differences: [transportDifference(other.capture)], overflow: false };
  if (mirrored.identical) return NO_DIFFERENCES;

  const status = compareStatus(primary.head, other.head);
  const headers =
    primary.fields === other.fields ? [] : compareHeaderFields("header", primary.fields, other.fields, method, context);
  const head = [...status, ...headers, ...compareTrailers(primary.head, other.head, method, context)];
  const skipsBody = [...status, ...headers].some((difference) => impliesBody(difference, primary, other, context));
  const sameBody = mirrored.sameBody && primary.body.codings.join() === other.body.codings.join();
  const body = skipsBody || sameBody ? NO_DIFFERENCES : compareBodies(primary.body, other.body, context);
  return {
    differences: [...head.slice(0, MAX_HEAD_DIFFERENCES), ...body.differences],
    overflow: body.overflow || head.length > MAX_HEAD_DIFFERENCES,
  };
}

function compareTrailers(a: Capture, b: Capture, method: string, context: RuleContext | undefined): FieldDifference[] {
  if (a.trailers.length === 0 && b.trailers.length === 0) return [];
  return compareHeaderFields("trailer", createHeaderMap(a.trailers), createHeaderMap(b.trailers), method, context);
}

/**
 * Whether a difference implies that the bodies differ: another status or media type means another document. A difference
 * that the rules leave out of the report must not hide the body.
 */
function impliesBody(
  { section, path, kind }: FieldDifference,
  primary: CapturedResponse,
  other: CapturedResponse,
  context: RuleContext | undefined,
): boolean {
  const otherType = path === "content-type" && primary.body.mediaType !== other.body.mediaType;
  return (section === "status" || otherType) && context?.rules.leavesOut(section, path, kind) !== true;
}

function transportDifference({ failure, status }: Capture): FieldDifference {
  const afterStatus = status === 0 ? "" : ` after status ${status}`;
  return {
    section: "transport",
    path: "$",
    kind: "transport",
    detail: () => ({
      pointer: "",
      primary: "responded",
      candidate: `${failure?.kind ?? ""}${afterStatus}: ${failure?.detail ?? ""}`,
    }),
  };
}
