import { describe, expect, it } from "vitest";
import type { TransportFailureKind } from "../../src/model/capture.ts";
import { failureList, failureReason, failureText, upstreamText } from "../../src/presentation/words/failure-words.ts";

const OPENSSL =
  "write EPROTO 80A2F8B5:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:ssl/record/rec.c:77:";

describe("the reason of a failure", () => {
  it.each<[TransportFailureKind, string, string]>([
    ["refused", "connect ECONNREFUSED 127.0.0.1:9002", "connection refused"],
    ["refused", "ECONNREFUSED", "connection refused"],
    ["refused", "connect EHOSTUNREACH 10.0.0.7:80", "host unreachable"],
    ["refused", "something else", "something else"],
    ["dns", "getaddrinfo ENOTFOUND api.invalid", "host name api.invalid not found"],
    ["dns", "getaddrinfo EAI_AGAIN api.internal", "host name api.internal cannot be resolved (EAI_AGAIN)"],
    ["dns", "queryA ETIMEOUT", "name resolution failed (queryA ETIMEOUT)"],
    ["tls", "certificate has expired", "TLS: certificate has expired"],
    ["tls", OPENSSL, "TLS: the server responds without TLS"],
    [
      "tls",
      "self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca",
      "TLS: self-signed certificate",
    ],
    ["reset", "read ECONNRESET", "connection reset"],
    ["reset", "write EPIPE", "connection closed"],
    ["reset", "the upstream closed the connection", "connection closed"],
    ["reset", "Stream closed with error code NGHTTP2_INTERNAL_ERROR", "stream reset (NGHTTP2_INTERNAL_ERROR)"],
    ["timeout", "connect ETIMEDOUT 10.0.0.7:80", "timed out (no connection)"],
    ["timeout", "not complete 10000 ms after the primary", "timed out (not complete 10000 ms after the primary)"],
    ["protocol", "invalid status line", "invalid response: invalid status line"],
    ["endless", "the response continued", "the response does not end"],
    ["descriptors", "too many open files", "no file descriptor was free"],
    ["internal", "the client was closed", "internal error: the client was closed"],
  ])("%s, %j: %s", (kind, detail, words) => {
    expect(failureReason({ kind, detail })).toBe(words);
  });

  it("says that a part of the response had arrived", () => {
    expect(failureReason({ kind: "reset", detail: "read ECONNRESET" }, 200)).toBe(
      "connection reset after the response head",
    );
  });
});

const refused = (port: number) => ({ reason: "connection refused", address: `http://127.0.0.1:${port}` });

describe("the text of failures", () => {
  it("names the address, if there is one", () => {
    expect(failureText(refused(9002))).toBe("connection refused at http://127.0.0.1:9002");
    expect(failureText({ reason: "the response does not end" })).toBe("the response does not end");
  });

  it("names every address of a reason, and three reasons", () => {
    const reset = { reason: "connection reset", address: "http://127.0.0.1:9002" };
    expect(failureList([refused(9002), reset, refused(9003)])).toBe(
      "connection refused at http://127.0.0.1:9002 and http://127.0.0.1:9003, connection reset at http://127.0.0.1:9002",
    );
    expect(failureList(["a", "b", "c", "d", "e"].map((reason) => ({ reason, address: "" })))).toBe(
      "a, b, c and 2 more",
    );
    expect(failureList([1, 2, 3, 4, 5].map(refused))).toBe(
      "connection refused at http://127.0.0.1:1, http://127.0.0.1:2, http://127.0.0.1:3 and 2 more",
    );
  });

  it("names a subset once", () => {
    expect(upstreamText({ role: "candidate", subset: "candidate" })).toBe("the candidate");
    expect(upstreamText({ role: "candidate", subset: "v2" })).toBe("the candidate v2");
  });
});
