import { array, assert, constantFrom, dictionary, json, oneof, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderRedactor } from "../../../src/capture/header-redactor.ts";
import type { Exchange } from "../../../src/model/capture.ts";
import type { AttributeRecord } from "../../../src/model/explain/attribute.ts";
import { capture, KEY } from "../build-exchanges.ts";
import { bodyOf, recordOf } from "./compare-fixture.ts";

/** Secrets that are recognized by their shape, under any name. What a record must not contain is the second text. */
const SHAPES: readonly (readonly [text: string, secret: string])[] = [
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl", "eyJzdWIi"],
  ["AKIAIOSFODNN7CANARY1", "AKIAIOSF"],
  ["ghp_CanaryCanaryCanaryCanaryCanary123456", "ghp_Canary"],
  ["sk_live_CanaryCanary12345", "sk_live_"],
  ["https://canary:hunter2@shop.example/", "hunter2"],
  ["4111 1111 1111 1111", "1111"],
  ["4111111111111111", "1111"],
  ["5500-0000-0000-0004", "0000-0004"],
  ["anna.canary@example.org", "anna"],
  ["Anna <anna.canary@mail.example.org>", "canary@"],
  ["änna@exämple.org", "änna"],
];
/** Names whose values are secret, whatever they are. */
const NAMES = ["password", "access_token", "X-Api-Key", "sessionId", "user[password]", "csrfToken", "creditCardNumber"];
const WORD = "canary";

/** Places of a text in an exchange. @param name of the header, parameter, cookie, member … */
const PLACES: Readonly<Record<string, (name: string, text: string) => Partial<Exchange>>> = {
  "a header": (name, text) => ({ headers: [name.replaceAll(/[^\w-]/g, "-"), text] }),
  "a query": (name, text) => ({ target: `/x?a=1&${encodeURIComponent(name)}=${encodeURIComponent(text)}` }),
  "a query that is encoded twice": (name, text) => ({
    target: `/x?${name}=${encodeURIComponent(encodeURIComponent(text))}`,
  }),
  "a cookie": (name, text) => ({ headers: ["Cookie", `a=1; ${name.replaceAll(/\W/g, "")}=${text}`] }),
  "a claim": (name, text) => ({ claims: [name, text] }),
  "JSON of the request": (name, text) => jsonRequest({ [name]: text }),
  "nested JSON of the request": (name, text) => jsonRequest({ user: { [name]: text } }),
  "a form": (name, text) => ({
    headers: ["Content-Type", "application/x-www-form-urlencoded"],
    requestBody: bodyOf(`a=1&${new URLSearchParams({ [name]: text }).toString()}`),
  }),
  "JSON of the response": (name, text) => ({ primary: capture(JSON.stringify({ [name]: text })) }),
  "nested JSON of the response": (name, text) => ({ primary: capture(JSON.stringify({ a: { [name]: text } })) }),
  "JSON in JSON": (name, text) => ({ primary: capture(JSON.stringify({ a: JSON.stringify({ [name]: text }) })) }),
};

function jsonRequest(value: unknown): Partial<Exchange> {
  return { headers: ["Content-Type", "application/json"], requestBody: bodyOf(JSON.stringify(value)) };
}

/** As the proxy thread sends it. */
function captured(change: Partial<Exchange>): Partial<Exchange> {
  const redactor = new HeaderRedactor(KEY);
  return {
    ...change,
    target: redactor.target(change.target ?? "/x"),
    headers: redactor.headers(change.headers ?? []),
  };
}

function textOf({ attributes }: AttributeRecord): string {
  return JSON.stringify(attributes);
}

describe.each(Object.entries(PLACES))("no record holds, of %s,", (_, place) => {
  it.each(SHAPES)("%s", (text, secret) => {
    for (const change of [place("note", text), captured(place("note", text))]) {
      const shown = textOf(recordOf(change));
      expect(shown).not.toContain(secret);
      expect(shown).toContain("[redacted:");
    }
  });

  it.each(NAMES)("the value of %s", (name) => {
    for (const change of [place(name, WORD), captured(place(name, WORD))]) {
      expect(textOf(recordOf(change))).not.toContain(WORD);
    }
  });
});

describe("no record holds", () => {
  it.each([
    "/reset-password/Zk3mP0canary",
    "/users/anna.canary@example.org",
    "/users/anna%2Ecanary%40example.org",
    "/invite/Canary0123456789",
    "/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5",
  ])("the secret of the path %s", (target) => {
    const record = recordOf({ target });
    expect(textOf(record)).not.toMatch(/canary|eyJ/i);
  });

  it.each([
    ["a header", { headers: ["4111-1111-1111-1111", "x"] }],
    ["a parameter", { target: "/x?eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2ln=1" }],
    ["a parameter without a value", { target: "/x?anna%40example.org" }],
    ["a cookie", { headers: ["Cookie", "ghp_CanaryCanaryCanaryCanaryCanary123456=1"] }],
    ["a cookie without a name", { headers: ["Cookie", "canary"] }],
    ["a member", { primary: capture('{"anna@example.org":1,"session:canary":2,"tokens":{"canary-1":"x"}}') }],
  ] as const)("the name of %s that is a secret", (_, change) => {
    expect(textOf(recordOf(change))).not.toMatch(/canary|anna|4111|eyJ/i);
  });

  it("equal secrets have equal fingerprints, in every source", () => {
    const places = ["a query", "a claim", "JSON of the request", "JSON of the response"];
    const values = places.map((name) => {
      const record = recordOf(PLACES[name]?.("note", "anna@example.org") ?? {});
      return record.attributes.find(({ name: own }) => /note/.test(own))?.value;
    });
    expect(values[0]).toMatch(/^\[redacted:[\da-f]{8}\]$/);
    expect(new Set(values).size).toBe(1);
  });
});

const text = oneof(
  string({ unit: "binary", maxLength: 200 }),
  constantFrom(
    ...SHAPES.map(([shape]) => shape),
    "__proto__",
    "\u0000\u001b[31m",
    "<script>alert(1)</script>",
    "\ud800",
  ),
  string({ unit: "grapheme", maxLength: 30 }),
);
const pairs = array(text, { maxLength: 120 });
const hostile = record({
  target: text.map((path) => `/${path}`),
  headers: pairs.map((all) => ["Cookie", all.join(";"), ...all]),
  claims: pairs,
  request: oneof(json(), text),
  response: oneof(
    json({ maxDepth: 4 }),
    text,
    dictionary(text, text).map((value) => JSON.stringify(value)),
  ),
  type: constantFrom("application/json", "application/x-www-form-urlencoded", "text/html", ""),
});

describe("hostile requests and responses", () => {
  it("never throw; bounds hold; nothing unprintable, and no secret, gets through", () => {
    assert(
      property(hostile, ({ target, headers, claims, request, response, type }) => {
        const typed = ["Content-Type", type];
        const record = recordOf({
          target,
          headers: [...typed, ...headers],
          claims,
          requestBody: bodyOf(request),
          primary: capture(response, { headers: typed }),
        });
        const texts = record.attributes.flatMap(({ name, value }) =>
          typeof value === "string" ? [name, value] : [name],
        );
        expect(texts.every((one) => one.length <= 64 && one.isWellFormed())).toBe(true);
        // oxlint-disable-next-line no-control-regex
        expect(texts.join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(texts.join("").length).toBeLessThan(6_000);
        expect(record.attributes.length).toBeLessThan(190);
        for (const [, secret] of SHAPES.slice(0, 5)) expect(texts.join("\n")).not.toContain(secret);
        const names = record.attributes.map(({ source, name }) => `${source} ${name}`);
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 300 },
    );
  });
});
