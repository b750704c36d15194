import type { Fault } from "../../../model/routing.ts";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { duration, number, oneOf, percent } from "../../kubernetes/scalar-fields.ts";

const NOT_IMPLEMENTED = "not supported, as in Istio; nothing is injected";
const BY_REQUEST = "a request cannot change the fault";

/** gRPC status names by number, with the HTTP status that Envoy sends to clients without gRPC. */
const GRPC_STATUSES = [
  { name: "OK", status: 200 },
  { name: "CANCELLED", status: 499 },
  { name: "UNKNOWN", status: 500 },
  { name: "INVALID_ARGUMENT", status: 400 },
  { name: "DEADLINE_EXCEEDED", status: 504 },
  { name: "NOT_FOUND", status: 404 },
  { name: "ALREADY_EXISTS", status: 409 },
  { name: "PERMISSION_DENIED", status: 403 },
  { name: "RESOURCE_EXHAUSTED", status: 429 },
  { name: "FAILED_PRECONDITION", status: 400 },
  { name: "ABORTED", status: 409 },
  { name: "OUT_OF_RANGE", status: 400 },
  { name: "UNIMPLEMENTED", status: 501 },
  { name: "INTERNAL", status: 500 },
  { name: "UNAVAILABLE", status: 503 },
  { name: "DATA_LOSS", status: 500 },
  { name: "UNAUTHENTICATED", status: 401 },
] as const;

/** Reads `fault` and `httpFault`. Faults precede mirroring in Envoy, so they apply to mirrored requests too. */
export function fault(field: DocumentField | undefined): Fault | undefined {
  if (field === undefined) return undefined;
  const delay = field.child("delay");
  const abort = field.child("abort");
  const injected: Fault = { on: "both", delay: delay && delayOf(delay), abort: abort && abortOf(abort) };
  return injected.delay === undefined && injected.abort === undefined ? undefined : injected;
}

function delayOf(field: DocumentField): Fault["delay"] {
  field.remark("warning", { exponentialDelay: NOT_IMPLEMENTED, overrideHeaderName: BY_REQUEST });
  const share = shareOf(field);
  const fixed = field.child("fixedDelay");
  const ms = duration(fixed);
  if (fixed === undefined) field.warn("no fixedDelay, so nothing is delayed");
  else if (ms === 0) fixed.error("the delay must be at least 1ms");
  return ms === undefined ? undefined : { percent: share, ms };
}

function abortOf(field: DocumentField): Fault["abort"] {
  field.remark("warning", {
    http2Error: NOT_IMPLEMENTED,
    overrideHeaderName: BY_REQUEST,
  });
  const share = shareOf(field);
  const statusField = field.child("httpStatus");
  const grpcField = field.child("grpcStatus");
  if (statusField !== undefined && grpcField !== undefined) {
    grpcField.skip().error("httpStatus is already set; an abort has only one status");
  }
  if (statusField === undefined && grpcField !== undefined) return grpcAbort(grpcField, share);
  const status = number(statusField, { min: 200, max: 599 });
  if (status === undefined) field.warn("neither httpStatus nor grpcStatus, so nothing is aborted");
  return status === undefined ? undefined : { percent: share, status };
}

function grpcAbort(field: DocumentField, share: number): Fault["abort"] {
  const name = oneOf(
    field,
    GRPC_STATUSES.map((one) => one.name),
  );
  const grpcStatus = GRPC_STATUSES.findIndex((one) => one.name === name);
  const found = GRPC_STATUSES[grpcStatus];
  return found && { percent: share, status: found.status, grpcStatus };
}

/** `percentage.value` overrides `percent`. The default is 0%, not 100%. */
function shareOf(field: DocumentField): number {
  const double = field.child("percentage");
  const whole = field.child("percent");
  const fromWhole = percent(whole, false);
  if (double === undefined && whole === undefined) {
    field.warn("neither percentage nor percent, which means 0%; write percentage: { value: 100 } for every request");
    return 0;
  }
  if (double === undefined) return fromWhole ?? 0;
  if (whole !== undefined) whole.warn("percentage overrides it; remove it");
  return percent(double.child("value"), false) ?? 0;
}
