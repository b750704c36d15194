import type { TransportFailure } from "../../model/capture.ts";
import type { DownUpstream } from "../../model/status.ts";
import type { FailureReport } from "../../model/report.ts";
import { formatCount } from "./number-format.ts";

/** Codes of the system, at the end of a connection or of an attempt to open one. */
const CODE_WORDS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["EHOSTUNREACH", "host unreachable"],
  ["EHOSTDOWN", "host down"],
  ["ENETUNREACH", "network unreachable"],
  ["EADDRNOTAVAIL", "no local address or port is free"],
  ["EACCES", "connection not permitted"],
  ["EPERM", "connection not permitted"],
  ["ECONNRESET", "connection reset"],
  ["ECONNABORTED", "connection aborted"],
  ["EPIPE", "connection closed"],
  ["ETIMEDOUT", "timed out (no connection)"],
]);
const CODE = /\b(E[A-Z]{3,})\b/;
/** `getaddrinfo ENOTFOUND api.internal`. */
const LOOKUP = /^getaddrinfo (\w+) (\S+)/;
/** OpenSSL: thread, code, library, function, reason, file and line. */
const OPENSSL = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/i;
const STREAM_CODE = /\bNGHTTP2_\w+/;

/**
 * Why there is no complete response, in a few words that do not vary from request to request: `connection refused`.
 * @param status that had arrived before; 0 if there was none
 */
export function failureReason(failure: Pick<TransportFailure, "kind" | "detail">, status = 0): string {
  return status === 0 || failure.kind === "endless" ? causeOf(failure) : `${causeOf(failure)} after the response head`;
}

function causeOf({ kind, detail }: Pick<TransportFailure, "kind" | "detail">): string {
  const byCode = CODE_WORDS.get(CODE.exec(detail)?.[1] ?? "");
  switch (kind) {
    case "refused":
      return byCode ?? detail;
    case "reset": {
      const [code] = STREAM_CODE.exec(detail) ?? [];
      return code === undefined ? (byCode ?? "connection closed") : `stream reset (${code})`;
    }
    case "timeout":
      return byCode ?? `timed out (${detail})`;
    case "dns":
      return lookupReason(detail);
    case "tls":
      return `TLS: ${tlsReason(detail)}`;
    case "protocol":
      return `invalid response: ${detail}`;
    case "endless":
      return "the response does not end";
    case "descriptors":
      return "no file descriptor was free";
    case "internal":
      return `internal error: ${detail}`;
  }
  return kind satisfies never;
}

function tlsReason(detail: string): string {
  const reason = OPENSSL.exec(detail)?.[1] ?? detail;
  // OpenSSL takes the start of a response without TLS for a record of another version.
  if (reason === "wrong version number") return "the server responds without TLS";
  // Node appends a hint about its own command line.
  return reason.split("; if the root CA")[0] ?? reason;
}

function lookupReason(detail: string): string {
  const [, code, name] = LOOKUP.exec(detail) ?? [];
  if (name === undefined) return `name resolution failed (${detail})`;
  return code === "ENOTFOUND" ? `host name ${name} not found` : `host name ${name} cannot be resolved (${code})`;
}

/** `connection refused at http://127.0.0.1:9002`. @param address empty or undefined if the failure has none */
export function failureText({
  reason,
  address,
}: {
  readonly reason: string;
  readonly address?: string | undefined;
}): string {
  return address === undefined || address === "" ? reason : `${reason} at ${address}`;
}

/** `the candidate v2`; a subset that is named like its role is `the candidate`. */
export function upstreamText({ role, subset }: Pick<DownUpstream, "role" | "subset">): string {
  return role === subset ? `the ${role}` : `the ${role} ${subset}`;
}

/** Reasons that a text names. */
const MAX_NAMED = 3;

/**
 * The reasons of several failures, most frequent first, each with its addresses:
 * `connection refused at http://10.0.0.1:80 and http://10.0.0.2:80, connection reset at http://10.0.0.1:80`.
 */
export function failureList(failures: readonly Pick<FailureReport, "reason" | "address">[]): string {
  const byReason = [...Map.groupBy(failures, ({ reason }) => reason)];
  const texts = byReason.map(([reason, all]) => failureText({ reason, address: addressList(all) }));
  const rest = texts.length - MAX_NAMED;
  return texts.slice(0, MAX_NAMED).join(", ") + (rest > 0 ? ` and ${formatCount(rest)} more` : "");
}

function addressList(failures: readonly Pick<FailureReport, "address">[]): string {
  const all = failures.map(({ address }) => address).filter((address) => address !== "");
  const rest = all.length - MAX_NAMED;
  return rest > 0 ? `${all.slice(0, MAX_NAMED).join(", ")} and ${formatCount(rest)} more` : all.join(" and ");
}
