import { describe, expect, it } from "vitest";
import { compareCaptures } from "../../src/compare/compare-captures.ts";
import { primaryResponse, mirroredResponse, type ResponseOptions } from "../../src/compare/captured-response.ts";
import { createRedactor } from "../../src/compare/redact/redactor.ts";
import type { Capture, MirroredCapture } from "../../src/model/capture.ts";
import { KEY, capture, failed, identical, mirrored } from "./build-exchanges.ts";

const READING: ResponseOptions = { maxDecodedBytes: 1024 * 1024, target: "/", registry: undefined };

function found(primary: Capture, other: MirroredCapture, method = "GET"): string[] {
  const leg = primaryResponse(primary, READING);
  return compareCaptures(leg, mirroredResponse(other, leg, READING), other, method).differences.map(
    ({ section, path, kind }) => `${section} ${path} ${kind}`,
  );
}

function headers(left: string[], right: string[], method = "GET"): string[] {
  return found(capture("", { headers: left }), mirrored("", { headers: right }), method);
}

describe("compareCaptures: head", () => {
  it("ignores case and order of field names", () => {
    expect(headers(["A", "1", "b", "2"], ["B", "2", "a", "1"])).toEqual([]);
  });

  it("reports missing, extra and different values", () => {
    expect(headers(["A", "1", "C", "1"], ["B", "1", "C", "2"])).toEqual([
      "header a missing",
      "header c header",
      "header b extra",
    ]);
  });

  it("compares the lines of one name joined and in order", () => {
    expect(headers(["X-A", "a", "X-A", "b"], ["X-A", "b", "X-A", "a"])).toEqual(["header x-a order"]);
    expect(headers(["X-A", "a", "X-A", "b"], ["X-A", "a, b"])).toEqual([]);
  });

  it("compares Set-Cookie lines as a multiset", () => {
    expect(headers(["Set-Cookie", "a=1", "Set-Cookie", "b=2"], ["Set-Cookie", "b=2", "Set-Cookie", "a=1"])).toEqual([]);
    expect(headers(["Set-Cookie", "a=1", "Set-Cookie", "b=2"], ["Set-Cookie", "a=1, b=2"])).toEqual([
      "header set-cookie.a header",
      "header set-cookie.b missing",
    ]);
    expect(headers(["Set-Cookie", "a=1", "Set-Cookie", "a=1"], ["Set-Cookie", "a=1"])).toEqual([
      "header set-cookie.a missing",
    ]);
  });

  it.each([
    "Date",
    "Connection",
    "Keep-Alive",
    "Transfer-Encoding",
    "TE",
    "Upgrade",
    "Trailer",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "Content-Length",
  ])("never compares %s", (name) => {
    expect(headers([name, "1"], [name, "2"])).toEqual([]);
    expect(headers([name, "1"], [])).toEqual([]);
  });

  it("ignores fields that Connection names on either side", () => {
    expect(headers(["Connection", "close, X-Hop", "X-Hop", "1"], [])).toEqual([]);
    expect(headers(["X-Hop", "1"], ["Connection", "x-hop"])).toEqual([]);
  });

  it("compares Via, and Content-Length for HEAD", () => {
    expect(headers(["Via", "1"], ["Via", "2"])).toEqual(["header via header"]);
    expect(headers(["Content-Length", "1"], ["Content-Length", "2"], "HEAD")).toEqual(["header content-length header"]);
  });

  it("accepts __proto__ as a field name", () => {
    expect(headers(["__proto__", "1"], ["__proto__", "2"])).toEqual(["header __proto__ header"]);
  });

  it("compares trailers", () => {
    expect(found(capture("", { trailers: ["X-Sum", "1"] }), mirrored("", { trailers: ["x-sum", "2"] }))).toEqual([
      "trailer x-sum header",
    ]);
  });

  it("lists at most 100 fields and sets overflow", () => {
    const many = Array.from({ length: 2_000 }, (_, at) => [`X-${at}`, "1"]).flat();
    const [leg, other] = [primaryResponse(capture("", { headers: many }), READING), mirrored("", { headers: [] })];
    const { differences, overflow } = compareCaptures(leg, mirroredResponse(other, leg, READING), other, "GET");
    expect({ found: differences.length, overflow }).toEqual({ found: 100, overflow: true });
  });

  it("shows values with masked secrets", () => {
    const headers = ["X-Api-Key", "canary-1", "Location", "/x?access_token=canary-2"];
    const leg = primaryResponse(capture("", { headers }), READING);
    const other = mirrored("", { headers: ["Location", "/y", "Server", "Bearer canary-30303030"] });
    const { differences } = compareCaptures(leg, mirroredResponse(other, leg, READING), other, "GET");
    const text = JSON.stringify(differences.map((difference) => difference.detail(createRedactor(KEY))));
    expect(text).not.toContain("canary");
    expect(text).toContain("/x?access_token=[redacted:");
  });
});

describe("compareCaptures: skipped bodies", () => {
  it("does not compare bodies when the status differs", () => {
    expect(found(capture('{"a":1}'), mirrored('{"error":1}', { status: 500 }))).toEqual(["status 200->500 status"]);
  });

  it("does not compare bodies when the media type differs, and reports the header", () => {
    expect(found(capture("{}"), mirrored("<p>", { headers: ["content-type", "text/html"] }))).toEqual([
      "header content-type header",
    ]);
  });

  it("compares bodies when only a parameter of the media type differs", () => {
    const other = mirrored('{"a":1}', { headers: ["content-type", "application/json; charset=utf-8"] });
    expect(found(capture("{}"), other)).toEqual(["header content-type.charset header", "body $.a extra"]);
  });

  it("reports one difference for a response that failed", () => {
    for (const kind of ["refused", "timeout", "reset"] as const) {
      expect(found(capture("{}"), failed(kind))).toEqual(["transport $ transport"]);
    }
  });

  it("accepts the proxy's result for identical responses and bodies", () => {
    expect(found(capture("{}"), identical())).toEqual([]);
    const same = mirrored("", { headers: ["Content-Type", "application/json", "X", "1"] });
    expect(found(capture('{"a":1}'), { ...same, sameBody: true })).toEqual(["header x extra"]);
    const [utf8, latin1] = ["utf-8", "latin1"].map((charset) => ["Content-Type", `text/plain; charset=${charset}`]);
    const other = mirrored("", { headers: latin1 ?? [] });
    expect(found(capture("é", { headers: utf8 ?? [] }), { ...other, sameBody: true })).toEqual([
      "header content-type.charset header",
      "body $ value",
    ]);
  });
});
