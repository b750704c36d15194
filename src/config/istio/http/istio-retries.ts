import type { RetryPolicy } from "../../../model/routing.ts";
import { ISTIO_MAX_RETRY_ATTEMPTS } from "../../defaults.ts";
import type { Field } from "../../kubernetes/document-field.ts";
import { duration, number } from "../../kubernetes/scalar-fields.ts";

const OWN_CONDITIONS =
  "not looked at: an attempt is repeated when the connection could not be opened, and for GET, HEAD and OPTIONS when it broke";

/** `retries`: how often beyond the first attempt. */
export function retries(field: Field | undefined): RetryPolicy | undefined {
  if (field === undefined) return undefined;
  field.remark("warning", {
    retryOn: OWN_CONDITIONS,
    retryRemoteLocalities: "there are no localities; every address of the subset is tried",
    retryIgnorePreviousHosts: "addresses are taken in turn, whatever is written here",
    backoff: "attempts follow each other at once",
  });
  return attemptsOf(field);
}

/** `attempts` and `perTryTimeout`; 0 attempts switch retries off. */
export function attemptsOf(field: Field): RetryPolicy | undefined {
  const attempts = number(field.child("attempts"), { min: 0, max: ISTIO_MAX_RETRY_ATTEMPTS }) ?? 0;
  const perTryTimeoutMs = duration(field.child("perTryTimeout"));
  return attempts === 0
    ? undefined
    : { attempts, perTryTimeoutMs: perTryTimeoutMs === 0 ? undefined : perTryTimeoutMs };
}
