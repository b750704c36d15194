import { describe, expect, it } from "vitest";
import { address, namedOrigin, origin } from "../../../src/config/values/addresses.ts";
import { method, pathTemplate, storeLocation } from "../../../src/config/values/names.ts";
import { duration, durationRange, size } from "../../../src/config/values/durations-and-sizes.ts";
import { decimal, wholeNumber } from "../../../src/config/values/numbers.ts";
import { nearest } from "../../../src/config/values/suggest.ts";

describe("address", () => {
  it.each([
    ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
    ["localhost:0", { host: "localhost", port: 0 }],
    ["[::1]:8080", { host: "::1", port: 8080 }],
    ["[::]:8080", { host: "::", port: 8080 }],
    [":8080", { host: "0.0.0.0", port: 8080 }],
    ["*:65535", { host: "0.0.0.0", port: 65_535 }],
  ])("%s", (text, value) => expect(address.parse(text)).toEqual({ value }));

  it.each([
    "",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0:80",
    "256.1.1.1:80",
    "::1:8080",
    "[::g]:80",
    "a b:80",
    "http://a:80",
    "-a:80",
    true,
    null,
  ])("%s is rejected", (text) => expect(address.parse(text)).toHaveProperty("problem"));
});

describe("duration, in milliseconds", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["1.5s", 1500],
    ["2 m", 120_000],
    ["2h", 7_200_000],
    ["14d", 1_209_600_000],
  ])("%s", (text, value) => expect(duration().parse(text)).toEqual({ value }));

  it.each(["", "10", 10, "-1s", "0s", "1e3s", "10S", "1s2s", "30d"])("%s is rejected", (text) => {
    expect(duration().parse(text)).toHaveProperty("problem");
  });
});

describe("range of durations", () => {
  it.each([
    ["5ms..50ms", { minMs: 5, maxMs: 50 }],
    [" 20ms .. 1s ", { minMs: 20, maxMs: 1000 }],
    ["30ms", { minMs: 30, maxMs: 30 }],
    ["30ms..30ms", { minMs: 30, maxMs: 30 }],
  ])("%s", (text, value) => expect(durationRange(1000).parse(text)).toEqual({ value }));

  it.each([
    ["50ms..5ms", '"50ms..5ms" ends before it begins'],
    ["5ms..2s", '"2s" is too large'],
    ["..5ms", '"" is not a valid duration'],
    ["5ms..6ms..7ms", '"5ms..6ms..7ms" is not a valid range of durations'],
    [5, "5 has no unit"],
  ])("%s is rejected", (text, problem) => expect(durationRange(1000).parse(text)).toEqual({ problem }));
});

describe("size, in bytes", () => {
  it.each([
    [65_536, 65_536],
    ["512", 512],
    ["1B", 1],
    ["1kB", 1000],
    ["1KiB", 1024],
    ["1.5MiB", 1_572_864],
    ["1 GB", 1_000_000_000],
  ])("%s", (text, value) => expect(size.parse(text)).toEqual({ value }));

  it.each([0, -1, "1 mib", "1K", "many"])("%s is rejected", (text) =>
    expect(size.parse(text)).toHaveProperty("problem"),
  );
});

describe("numbers", () => {
  it("are read from YAML and from text", () => {
    expect(decimal({ min: 0, max: 1 }).parse("0.999")).toEqual({ value: 0.999 });
    expect(wholeNumber({ min: 1, max: 9 }).parse(9)).toEqual({ value: 9 });
  });

  it.each([1.5, "1.5", 0, 10, "", "0x5", Number.NaN, "five"])("%s is not a whole number, 1 or more to 9", (value) => {
    expect(wholeNumber({ min: 1, max: 9 }).parse(value)).toHaveProperty("problem");
  });
});

describe("names and URLs", () => {
  it("an origin is written in its shortest form", () => {
    expect(origin.parse("HTTP://API.example:80/")).toEqual({ value: "http://api.example" });
    expect(namedOrigin.parse("v2=https://[::1]:8443")).toEqual({ value: { name: "v2", url: "https://[::1]:8443" } });
    expect(namedOrigin.parse("http://a:1")).toEqual({ value: { name: undefined, url: "http://a:1" } });
    expect(namedOrigin.parse("a b=http://a:1")).toEqual({ problem: '"a b" is not a valid subset name' });
  });

  it("a store is a file or a database", () => {
    expect(storeLocation.parse("sqlite:./x.db")).toEqual({ value: { engine: "sqlite", path: "./x.db" } });
    expect(storeLocation.parse("sqlite:///var/x.db")).toEqual({ value: { engine: "sqlite", path: "/var/x.db" } });
    expect(storeLocation.parse("/var/lib/x.db")).toEqual({ value: { engine: "sqlite", path: "/var/lib/x.db" } });
    expect(storeLocation.parse("postgresql://h/d")).toMatchObject({ value: { engine: "postgres", database: "d" } });
    expect(storeLocation.parse(" host=h user=u password=secret dbname=d")).toEqual({
      problem: "a list of key=value is not supported; write it as a postgres:// URL",
    });
    expect(storeLocation.parse("mysql://u:secret@h/d")).toEqual({
      problem: 'unsupported store "mysql"; use a SQLite file or postgres://',
    });
  });

  it("methods are uppercase tokens, templates begin with a slash", () => {
    expect(method.parse("M-SEARCH")).toEqual({ value: "M-SEARCH" });
    expect(method.parse("get")).toEqual({ problem: '"get" is not a valid method' });
    expect(pathTemplate.parse("/users/{name}/orders")).toEqual({ value: "/users/{name}/orders" });
    expect(pathTemplate.parse("GET /users/{name}")).toEqual({ value: "GET /users/{name}" });
    expect(pathTemplate.parse("users")).toEqual({ problem: '"users" is not a valid template' });
    expect(pathTemplate.parse("/a?b=1")).toEqual({ problem: '"/a?b=1" is not a valid template' });
  });

  it("a mistyped word gets the nearest suggestion, an unrelated one none", () => {
    expect(nearest("tokenfile", ["listen", "tokenFile"])).toBe("tokenFile");
    expect(nearest("percnt", ["subset", "percent"])).toBe("percent");
    expect(nearest("banana", ["subset", "percent"])).toBeUndefined();
  });
});
