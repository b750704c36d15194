import { describe, expect, it } from "vitest";
import { HeaderRedactor } from "../../../src/capture/header-redactor.ts";
import type { Exchange } from "../../../src/model/capture.ts";
import type { AttributeRecord, AttributeSource } from "../../../src/model/explain/attribute.ts";
import { capture, exchange, KEY, mirrored } from "../build-exchanges.ts";
import { bodyOf, recordsOf, valuesOf } from "./compare-fixture.ts";

const FINGERPRINT = expect.stringMatching(/^\[redacted:[\da-f]{8}\]$/) as unknown;
const FORM = "application/x-www-form-urlencoded";

/** The record of an exchange that went the whole way, from the proxy thread to what the store receives. */
function storedRecord(change: Partial<Exchange>): AttributeRecord {
  const redactor = new HeaderRedactor(KEY);
  const target = redactor.target(change.target ?? "/x");
  const headers = redactor.headers(change.headers ?? []);
  const [record] = recordsOf([exchange({ candidates: [mirrored('{"other":1}')], ...change, target, headers })]);
  if (record === undefined) throw new Error("the exchange has no record");
  return record;
}

function postOf(body: string, type = "application/json"): Partial<Exchange> {
  return { method: "POST", headers: ["Content-Type", type], requestBody: bodyOf(body) };
}

function valueOf(change: Partial<Exchange>, source: AttributeSource, name: string): unknown {
  return valuesOf(storedRecord(change), source)[name];
}

/** As the parsers of HTTP deliver it: a character for each byte. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** The values have 4 to 8 characters: neither their shapes nor their lengths say that they are secret. */
const PRIVATE_NAMES =
  "pin otp ssn pass passcode cvv cvc auth refresh signature sig key nonce iban accountNumber account_number AccountNo user_pin PIN2 x-pin" +
  " card-number cardNo tax_id code_verifier socialSecurityNumber";
const SECRETS = ["7391", "k9Qz71"];

describe.each(PRIVATE_NAMES.split(" "))("the value of %s becomes a fingerprint", (name) => {
  it.each<[place: string, place: (secret: string) => Partial<Exchange>]>([
    ["a header", (secret) => ({ headers: [name, secret] })],
    ["a parameter", (secret) => ({ target: `/x?a=1&${name}=${secret}` })],
    ["a claim", (secret) => ({ claims: [name, secret] })],
    ["a member of the request", (secret) => postOf(JSON.stringify({ [name]: secret, user: { [name]: secret } }))],
    ["a field of a form", (secret) => postOf(`a=1&${name}=${secret}`, FORM)],
    ["a member of the response", (secret) => ({ primary: capture(JSON.stringify({ [name]: secret })) })],
    ["below it", (secret) => postOf(JSON.stringify({ [name]: { value: secret } }))],
    ["JSON in a parameter", (secret) => ({ target: `/x?a=${encodeURIComponent(JSON.stringify({ [name]: secret }))}` })],
    ["a URL in a parameter", (secret) => ({ target: `/x?to=${encodeURIComponent(`http://a/?${name}=${secret}`)}` })],
    [
      "a URL in a URL",
      (secret) => ({
        target: `/x?to=${encodeURIComponent(`http://a/?b=${encodeURIComponent(`/?${name}=${secret}`)}`)}`,
      }),
    ],
    ["a header with a pair", (secret) => ({ headers: ["x-context", `a=1; ${name}=${secret}`] })],
  ])("in %s", (_, place) => {
    for (const secret of SECRETS) expect(JSON.stringify(storedRecord(place(secret)))).not.toContain(secret);
  });
});

it("numbers, too, but no switches: they are no secrets", () => {
  const body = {
    pin: 7391,
    userPIN: 7391,
    theSSNOf: 1234,
    user: { otp: 118822 },
    auth: true,
    refresh: "false",
    key: 1,
    pass: null,
  };
  expect(valuesOf(storedRecord(postOf(JSON.stringify(body))), "request-body")).toEqual({
    "$.pin": FINGERPRINT,
    "$.userPIN": FINGERPRINT,
    "$.theSSNOf": FINGERPRINT,
    "$.user.otp": FINGERPRINT,
    "$.auth": true,
    "$.refresh": "false",
    "$.key": 1,
    "$.pass": null,
  });
});

it("equal values have equal fingerprints, so that exchanges can be grouped by them", () => {
  const [one, same, other] = ["price", "price", "name"].map((key) =>
    valueOf({ target: `/x?key=${key}` }, "query", "key"),
  );
  expect(one).toEqual(FINGERPRINT);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

describe("code and state", () => {
  it.each([
    ["/x?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", { code: FINGERPRINT, state: FINGERPRINT }],
    ["/x?code=abc&state=open", { code: FINGERPRINT, state: FINGERPRINT }],
    ["/x?pin=7391%20[redacted:", { pin: FINGERPRINT }],
    ["/x?code=118822", { code: FINGERPRINT }],
    ["/x?state=af0ifjsldkj", { state: FINGERPRINT }],
    ["/x?code=DE", { code: "DE" }],
    ["/x?code=404&plan=pro", { code: 404, plan: "pro" }],
    ["/x?state=in-progress", { state: "in-progress" }],
    ["/x?state=New%20York&country_code=USA", { state: "New York", country_code: "USA" }],
  ])("of %s", (target, expected) => {
    expect(valuesOf(storedRecord({ target }), "query")).toEqual(expected);
  });

  it("of responses are those of errors", () => {
    const primary = capture('{"code":"E40013","error":{"code":118822}}');
    const expected = { "$.code": "E40013", "$.error.code": 118822 };
    expect(valuesOf(storedRecord({ primary }), "response-body")).toEqual(expected);
  });
});

describe("numbers of accounts and persons under any name", () => {
  // The examples of the registry of ISO 13616.
  it.each([
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00",
    "de89-3704-0044-0532-0130-00",
    "GB29NWBK60161331926819",
    "NO9386011117947",
    "MT84MALT011000012345MTLCAST001S",
    "FR14 2004 1010 0505 0001 3M02 606",
    "078-05-1120",
  ])("%s", (number) => {
    const middle = number.slice(4, -2);
    const places = [
      postOf(JSON.stringify({ note: number })),
      postOf(JSON.stringify({ note: `pay ${number} for rent today` })),
      { target: `/x?note=${encodeURIComponent(number)}` },
      { headers: ["x-note", number] },
    ];
    for (const place of places) {
      const shown = JSON.stringify(storedRecord(place).attributes);
      expect(shown).not.toContain(middle);
      expect(shown).toContain("[redacted:");
    }
    const words = valueOf(postOf(JSON.stringify({ note: `pay ${number} for rent` })), "request-body", "$.note");
    expect(words).toMatch(/^pay \[redacted:[\da-f]{8}\] for rent$/);
  });

  it.each(["DE88370400440532013000", "AB12 some words that follow", "2026-11-30", "555-1234", "978-05-11201"])(
    "%s is not one",
    (text) => {
      expect(valueOf(postOf(JSON.stringify({ note: text })), "request-body", "$.note")).toBe(text);
    },
  );
});

describe("what is not private", () => {
  it.each([
    ["keyword", "shoes"],
    ["author", "Anna"],
    ["spinning", "fast"],
    ["passenger", "adult"],
    ["design", "new"],
    ["monkey", "x"],
    ["account_type", "gold"],
    ["currency", "EUR"],
    ["to", "http://a/?plan=pro"],
  ])("%s=%s stays readable", (name, value) => {
    expect(valueOf({ target: `/x?${name}=${encodeURIComponent(value)}` }, "query", name)).toBe(value);
  });
});

describe("bytes beyond ASCII", () => {
  it.each([
    ["UTF-8 is decoded", latin1("München"), "München"],
    ["other bytes stay as they are", "M\u00fcnchen", "M\u00fcnchen"],
    ["direction marks are replaced", latin1("a\u202eb"), "a\ufffdb"],
    ["e-mail addresses are found", latin1("änna@exämple.org"), FINGERPRINT],
  ])("of a header: %s", (_, value, expected) => {
    expect(valueOf({ headers: ["x-city", value] }, "header", "x-city")).toEqual(expected);
  });

  it("of a target", () => {
    expect(valueOf({ target: `/x?city=${latin1("München")}` }, "query", "city")).toBe("München");
    expect(valueOf({ target: "/x?city=M%C3%BCnchen" }, "query", "city")).toBe("München");
  });
});
