import type { RetryPolicy } from "../../../model/routing.ts";
import { ISTIO_MAX_RETRY_ATTEMPTS } from "../../defaults.ts";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { duration, number } from "../../kubernetes/scalar-fields.ts";

const OWN_CONDITIONS =
  "ignored; shadowdiff retries when it cannot connect, and GET, HEAD and OPTIONS also when the connection breaks";

/** Reads `retries`. */
export function retries(field: DocumentField | undefined): RetryPolicy | undefined {
  if (field === undefined) return undefined;
  field.remark("warning", {
    retryOn: OWN_CONDITIONS,
    retryRemoteLocalities: "not supported; retries use all addresses of the subset",
    retryIgnorePreviousHosts: "ignored; addresses are used round-robin",
    backoff: "not supported; retries start immediately",
  });
  return attemptsOf(field);
}

/** Reads `attempts`, the number of retries, and `perTryTimeout`. @returns undefined for 0 attempts, which disables retries */
export function attemptsOf(field: DocumentField): RetryPolicy | undefined {
  const attempts = number(field.child("attempts"), { min: 0, max: ISTIO_MAX_RETRY_ATTEMPTS }) ?? 0;
  const perTryTimeoutMs = duration(field.child("perTryTimeout"));
  return attempts === 0
    ? undefined
    : { attempts, perTryTimeoutMs: perTryTimeoutMs === 0 ? undefined : perTryTimeoutMs };
}
