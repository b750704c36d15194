import { describe, expect, it } from "vitest";
import type { SampleDetail, SampleDetailLeg } from "../../../src/model/sample.ts";
import { harOf } from "../../../src/presentation/exchange/har.ts";
import { harErrors } from "./har-schema.ts";

function leg(subset: string, changes: Partial<SampleDetailLeg> = {}): SampleDetailLeg {
  return {
    subset,
    failure: null,
    status: 200,
    headers: ["Content-Type", "text/html; charset=utf-8", "Set-Cookie", "a=1; Path=/", "Location", "/next"],
    trailers: ["X-Sum", "1"],
    body: { form: "text", mediaType: "text/html", length: 9, truncated: false, text: "<p>é</p>" },
    timing: { connectMs: 1, firstByteMs: 3, totalMs: 7.5 },
    ...changes,
  };
}

const FAILED: Partial<SampleDetailLeg> = {
  status: 0,
  headers: [],
  trailers: [],
  failure: { kind: "refused", detail: "connect ECONNREFUSED" },
  body: { form: "empty", mediaType: "", length: 0, truncated: false, text: "" },
  timing: { connectMs: null, firstByteMs: null, totalMs: 2 },
};

const SAMPLE: SampleDetail = {
  id: "1",
  at: Date.UTC(2026, 10, 20, 9, 30),
  route: "default",
  endpoint: "GET /items",
  candidate: "v2",
  method: "GET",
  target: "/items?q=a%20b&q=c",
  headers: ["Host", "shop.example", "Cookie", "sid=1; b=2", "Shadowdiff-Hop", "1", "Connection", "close"],
  fields: [],
  differences: [],
  changes: null,
  changesCut: false,
  legs: {
    primary: leg("v1"),
    candidate: leg("v2", FAILED),
    secondary: leg("v1", {
      body: { form: "binary", mediaType: "image/png", length: 7, truncated: true, text: "ab12" },
    }),
  },
};

const har = harOf(SAMPLE, "0.1.0", (role) => `http://${role}.test`);

describe("harOf", () => {
  it("is valid by the schema of HTTP Archive 1.2, which refuses an incomplete one", () => {
    expect(harErrors(har)).toEqual([]);
    expect(harErrors({ log: { ...har.log, entries: [{ ...har.log.entries[0], timings: {} }] } })).not.toEqual([]);
  });

  it("has an entry per role with the request as the client has sent it", () => {
    expect(har.log.entries).toMatchObject([
      {
        startedDateTime: "2026-11-20T09:30:00.000Z",
        time: 7.5,
        request: {
          url: "http://primary.test/items?q=a%20b&q=c",
          headers: [
            { name: "Host", value: "shop.example" },
            { name: "Cookie", value: "sid=1; b=2" },
          ],
          cookies: [
            { name: "sid", value: "1" },
            { name: "b", value: "2" },
          ],
          queryString: [
            { name: "q", value: "a b" },
            { name: "q", value: "c" },
          ],
        },
        response: {
          status: 200,
          cookies: [{ name: "a", value: "1" }],
          redirectURL: "/next",
          content: { size: 9, mimeType: "text/html; charset=utf-8", text: "<p>é</p>" },
        },
        timings: { connect: 1, send: 0, wait: 2, receive: 4.5 },
        comment: "primary (v1)",
      },
      {
        request: { url: "http://candidate.test/items?q=a%20b&q=c" },
        response: { status: 0 },
        timings: { connect: -1, wait: 2, receive: 0 },
        comment: "candidate (v2); failed: refused connect ECONNREFUSED",
      },
      { comment: "secondary (v1); the body is truncated; SHA-256 of the body: ab12" },
    ]);
  });
});
