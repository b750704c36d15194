import { describe, expect, it } from "vitest";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { fingerprint } from "../../src/secrets/fingerprint.ts";
import { isSensitiveName } from "../../src/secrets/sensitive-names.ts";

const KEY = Buffer.from("key");
const redactor = new HeaderRedactor(KEY);
const hidden = (secret: string): string => fingerprint(KEY, secret);
const value = (name: string, text: string): string | undefined => redactor.headers([name, text])[1];

describe("isSensitiveName", () => {
  it.each([
    "Authorization",
    "COOKIE",
    "set-cookie",
    "Proxy-Authorization",
    "user_password",
    "Passwd",
    "clientSecret",
    "X-CSRF-Token",
    "PHPSESSIONID",
    "api_key",
    "X-Api-Key",
    "apiKey",
    "credit-card-number",
    "creditCard",
    "Access-Control-Credentials",
    "access-control-allow-token",
  ])("%s", (name) => expect(isSensitiveName(name)).toBe(true));
  it.each([
    "Accept",
    "X-Author",
    "cookies-accepted",
    "keyboard",
    "card",
    "Host",
    "ETag",
    "Access-Control-Allow-Credentials",
  ])("not %s", (name) => expect(isSensitiveName(name)).toBe(false));
});

describe("fingerprint", () => {
  it("is equal for equal secrets under one key only", () => {
    expect(hidden("a")).toMatch(/^\[redacted:[\da-f]{8}\]$/);
    expect(hidden("a")).toBe(hidden("a"));
    expect(hidden("a")).not.toBe(hidden("b"));
    expect(hidden("a")).not.toBe(fingerprint(Buffer.from("other"), "a"));
  });
});

describe("header fields", () => {
  it("keep names, order, case and everything that is not a secret", () => {
    const fields = ["X-b", "1", "x-B", "2", "Cache-Control", "max-age=3, private", "ETag", 'W/"a=b"', "Host", "h:1"];
    expect(redactor.headers(fields)).toEqual(fields);
  });

  it("credentials become fingerprints; an empty value stays", () => {
    expect(value("Authorization", "Bearer abc")).toBe(hidden("Bearer abc"));
    expect(value("X-Session-Id", "abc")).toBe(hidden("abc"));
    expect(value("Authorization", "")).toBe("");
  });

  it("cookies keep their names and harmless attributes", () => {
    expect(value("Cookie", "a=1; b=x=y; c")).toBe(`a=${hidden("1")}; b=${hidden("x=y")};${hidden(" c")}`);
    expect(value("Set-Cookie", "sid=abc; Path=/; Max-Age=3; Secure; HttpOnly; SameSite=Lax; Other=q")).toBe(
      `sid=${hidden("abc")}; Path=/; Max-Age=3; Secure; HttpOnly; SameSite=Lax; ${hidden("Other=q")}`,
    );
  });

  it("attributes of cookies keep what a user agent reads, and nothing else", () => {
    expect(
      value("Set-Cookie", "a = b ; Path = /x; Secure=s3; HTTPONLY = 1; Path=/reset-password/Zk3v9QpL2x7Rt5Wn8YbA"),
    ).toBe(`a =${hidden("b")}; Path = /x; Secure; HTTPONLY; Path=/reset-password/${hidden("Zk3v9QpL2x7Rt5Wn8YbA")}`);
  });

  it.each([
    [
      "Location",
      "https://h/cb?state=1&access_token=SECRET#x",
      `https://h/cb?state=1&access_token=${hidden("SECRET")}#x`,
    ],
    ["Location", "/cb#id_token=SECRET", `/cb#id_token=${hidden("SECRET")}`],
    ["Referer", "https://user:SECRET@h/p", `https://${hidden("user:SECRET")}@h/p`],
    ["Link", "</n?token=SECRET>; rel=next", `</n?token=${hidden("SECRET")}>; rel=next`],
    ["X-Original-Url", "/p?next=%2Fq%3Ftoken%3DSECRET", `/p?next=${hidden("%2Fq%3Ftoken%3DSECRET")}`],
    ["WWW-Authenticate", 'X token="SEC RET", a=1', hidden('X token="SEC RET", a=1')],
  ])("secrets inside a value of %s: %s", (name, text, expected) => expect(value(name, text)).toBe(expected));
});

describe("fields of the kind of Cookie and Authorization", () => {
  it.each(["Cookie2", "X-Cookie", "X-Original-Cookie"])("%s is a list of cookies", (name) => {
    expect(value(name, "a=SECRET; b=2")).toBe(`a=${hidden("SECRET")}; b=${hidden("2")}`);
  });

  it.each(["X-Forwarded-Authorization", "X-Auth", "X-Amz-Security-Token", "grpc-status-details-bin"])("%s", (name) => {
    expect(value(name, "SECRET")).toBe(hidden("SECRET"));
  });
});

describe("paths", () => {
  it.each([
    ["/reset-password/SECRET", `/reset-password/${hidden("SECRET")}`],
    ["/reset%2Dpassword/SECRET?a=1", `/reset%2Dpassword/${hidden("SECRET")}?a=1`],
    ["/api/v1/token/a1b2c3/refresh", `/api/v1/token/${hidden("a1b2c3")}/refresh`],
    ["/invite/SECRET;x=1", `/invite/${hidden("SECRET")};x=1`],
    ["/password/forgot", "/password/forgot"],
    ["/auth/v2/login/step2", "/auth/v2/login/step2"],
    ["/sessions/{id}", "/sessions/{id}"],
    ["/orders/A1B2", "/orders/A1B2"],
  ])("%s", (target, expected) => expect(redactor.target(target)).toBe(expected));

  it("of URLs in header fields", () => {
    expect(value("Location", "https://h/reset-password/SECRET?a=1")).toBe(
      `https://h/reset-password/${hidden("SECRET")}?a=1`,
    );
  });
});

describe("user information of URLs", () => {
  it.each([
    ["https://bob:a/SECRET@h/x", `https://${hidden("bob:a/SECRET")}@h/x`],
    ["https://bob:p@SECRET@h/x", `https://${hidden("bob:p@SECRET")}@h/x`],
    ["https://h/@bob?mail=a@b.c", "https://h/@bob?mail=a@b.c"],
  ])("%s", (text, expected) => expect(value("Location", text)).toBe(expected));
});

describe("targets", () => {
  it.each([
    ["/p?a=1&b=2", "/p?a=1&b=2"],
    ["/p", "/p"],
    ["/p?%70assword=SECRET&x", `/p?%70assword=${hidden("SECRET")}&x`],
    ["/p?user[password]=SECRET", `/p?user[password]=${hidden("SECRET")}`],
    ["/p;jsessionid=SECRET?a", `/p;jsessionid=${hidden("SECRET")}?a`],
    ["/p?a=%zz&%zztoken=SECRET", `/p?a=%zz&%zztoken=${hidden("SECRET")}`],
    ["/p?token=", "/p?token="],
    ["/p?f={%22password%22:%22SECRET%22}&x=1;y", `/p?f=${hidden("{%22password%22:%22SECRET%22}")}&x=1;y`],
  ])("%s", (target, expected) => expect(redactor.target(target)).toBe(expected));

  it("a long target takes linear time", () => {
    const before = process.threadCpuUsage();
    redactor.target(`/${"a".repeat(16_000)}?${"b".repeat(16_000)}&a=1`);
    expect(process.threadCpuUsage(before).user).toBeLessThan(100_000);
  });
});

describe("claims of tokens", () => {
  const token = `${['{"alg":"HS256"}', JSON.stringify({ plan: "pro", sub: "anna" })].map((part) => Buffer.from(part).toString("base64url")).join(".")}.sig`;
  const headers = ["Authorization", `Bearer ${token}`];

  it("are read before the token is replaced, if they are configured", () => {
    const reading = new HeaderRedactor(KEY);
    expect(reading.claims(headers)).toEqual([]);
    reading.setClaims(["plan"]);
    expect(reading.claims(headers)).toEqual(["plan", "pro"]);
    expect(reading.headers(headers)).toEqual(["Authorization", hidden(`Bearer ${token}`)]);
    reading.setClaims([]);
    expect(reading.claims(headers)).toEqual([]);
  });
});
