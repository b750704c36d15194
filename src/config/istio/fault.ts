import type { Fault } from "../../model/routing.ts";
import type { Field } from "./field.ts";
import { duration, number, percent } from "./scalars.ts";

const NOT_IMPLEMENTED = "not supported, and never implemented in Istio; nothing is injected";
const BY_REQUEST = "a request cannot change the fault";
const ABORT_OTHERWISE = "only httpStatus can be injected; nothing is aborted";

/** `fault` and `httpFault`. It comes before routing, so that it holds for the copies as well. */
export function fault(field: Field | undefined): Fault | undefined {
  if (field === undefined) return undefined;
  const delay = field.child("delay");
  const abort = field.child("abort");
  const injected: Fault = { on: "both", delay: delay && delayOf(delay), abort: abort && abortOf(abort) };
  return injected.delay === undefined && injected.abort === undefined ? undefined : injected;
}

function delayOf(field: Field): Fault["delay"] {
  field.remark("warning", { exponentialDelay: NOT_IMPLEMENTED, overrideHeaderName: BY_REQUEST });
  const share = shareOf(field);
  const fixed = field.child("fixedDelay");
  const ms = duration(fixed);
  if (fixed === undefined) field.warn("no fixedDelay: nothing is delayed");
  else if (ms === 0) fixed.error("the shortest delay is 1ms");
  return ms === undefined ? undefined : { percent: share, ms };
}

function abortOf(field: Field): Fault["abort"] {
  field.remark("warning", {
    grpcStatus: ABORT_OTHERWISE,
    http2Error: NOT_IMPLEMENTED,
    overrideHeaderName: BY_REQUEST,
  });
  const share = shareOf(field);
  const status = number(field.child("httpStatus"), { min: 200, max: 599 });
  if (status === undefined && field.child("grpcStatus") === undefined) field.warn("no httpStatus: nothing is aborted");
  return status === undefined ? undefined : { percent: share, status };
}

/** `percentage.value` wins over `percent`; neither is 0 %, not 100 %. */
function shareOf(field: Field): number {
  const double = field.child("percentage");
  const whole = field.child("percent");
  const fromWhole = percent(whole, false);
  if (double === undefined && whole === undefined) {
    field.warn("neither percentage nor percent: that is 0 %; write percentage: { value: 100 } to meet every request");
    return 0;
  }
  if (double === undefined) return fromWhole ?? 0;
  if (whole !== undefined) whole.warn("percentage wins over it; remove it");
  return percent(double.child("value"), false) ?? 0;
}
