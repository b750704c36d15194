import { describe, expect, it } from "vitest";
import { compileForwarded } from "../../src/http/forwarded-fields.ts";
import type { ForwardedConfig } from "../../src/model/config.ts";

const ALL = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"] as const;
const X_FORWARDED = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"] as const;
const TRUSTED = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"];

/** The field lines that the upstreams receive when a client at this address sends these. */
function changed(
  config: Partial<ForwardedConfig>,
  address: string | undefined,
  lines: readonly string[],
  authority = "a.test",
): readonly string[] | undefined {
  const describer = compileForwarded({ mode: "append", headers: ALL, trusted: TRUSTED, ...config }, "https");
  const fields = lines.flatMap((line) => line.split(": "));
  const result = describer({ remoteAddress: address })?.(fields, authority);
  return result?.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${result[index + 1]}`] : []));
}

const SPOOFED = [
  "X-Forwarded-For: 1.1.1.1",
  "x-forwarded-for: 2.2.2.2",
  "X-Forwarded-Proto: http",
  "X-Forwarded-Host: evil.test",
  "X-Forwarded-Port: 1",
  "X-Real-IP: 3.3.3.3",
  "Forwarded: for=4.4.4.4",
  "X_Forwarded_For: 5.5.5.5",
  "X-Forwarded_Proto: http",
  "X_Real_IP: 6.6.6.6",
];

describe("fields that describe the client", () => {
  it("are left as they are by default, without work for a request", () => {
    expect(changed({ mode: "off" }, "198.51.100.1", [])).toBeUndefined();
  });

  it("are added, after the fields of the client", () => {
    expect(changed({ mode: "set" }, "198.51.100.1", ["Host: a.test", "X-A: 1", "Fo: 2"])).toEqual([
      "Host: a.test",
      "X-A: 1",
      "Fo: 2",
      "X-Forwarded-For: 198.51.100.1",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: a.test",
      "Forwarded: for=198.51.100.1;host=a.test;proto=https",
    ]);
  });

  it.each([
    ["append", "198.51.100.1"],
    ["append", "11.0.0.1"],
    ["append", "192.0.2.8"],
    ["append", "fe00::1"],
    ["set", "10.0.0.1"],
  ] as const)("with %s from %s: nothing of what the client claims is left", (mode, address) => {
    expect(changed({ mode, headers: X_FORWARDED }, address, ["Host: a.test", ...SPOOFED])).toEqual([
      "Host: a.test",
      `X-Forwarded-For: ${address}`,
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: a.test",
    ]);
  });

  it.each([
    ["10.0.0.1", "10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1", "10.0.0.1"],
    ["192.0.2.7", "192.0.2.7", "192.0.2.7"],
    ["fd00::1", "fd00::1", '"[fd00::1]"'],
    ["fd00::1%eth0", "fd00::1", '"[fd00::1]"'],
  ])("from %s, which is trusted: lists are extended, other values kept, underscores removed", (from, address, node) => {
    expect(changed({}, from, ["Host: a.test", ...SPOOFED])).toEqual([
      "Host: a.test",
      "X-Forwarded-Proto: http",
      "X-Forwarded-Host: evil.test",
      "X-Forwarded-Port: 1",
      "X-Real-IP: 3.3.3.3",
      `X-Forwarded-For: 1.1.1.1, 2.2.2.2, ${address}`,
      `Forwarded: for=4.4.4.4, for=${node};host=a.test;proto=https`,
    ]);
  });

  it("from a trusted address: what is missing is added, and an empty list has no first member", () => {
    expect(changed({ headers: X_FORWARDED }, "10.0.0.1", ["X-Forwarded-For: ", "Forwarded: for=1.1.1.1"])).toEqual([
      "Forwarded: for=1.1.1.1",
      "X-Forwarded-For: 10.0.0.1",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: a.test",
    ]);
  });

  it.each([
    ["2001:db8::17", "a.test:8443", 'for="[2001:db8::17]";host="a.test:8443";proto=https'],
    ["::ffff:192.0.2.43", "[::1]", 'for=192.0.2.43;host="[::1]";proto=https'],
    ["fe80::1%eth0", "", 'for="[fe80::1]";proto=https'],
    [undefined, "a.test", "for=unknown;host=a.test;proto=https"],
  ])("Forwarded quotes what is not a token: %s, %s", (address, authority, element) => {
    expect(changed({ mode: "set", headers: ["forwarded"] }, address, [], authority)).toEqual([`Forwarded: ${element}`]);
  });

  it.each([['for="open'], ['for="a\\"'], ['for=a, for="b", c="']])(
    "a Forwarded whose quotation mark is open, %s, is replaced: it would contain the next element",
    (value) => {
      expect(changed({ headers: ["forwarded"] }, "10.0.0.1", [`Forwarded: ${value}`])).toEqual([
        "Forwarded: for=10.0.0.1;host=a.test;proto=https",
      ]);
    },
  );

  it("a complete quoted value is kept", () => {
    const value = 'for="[2001:db8::1]:47011";by="_a\\"b"';
    expect(changed({ headers: ["forwarded"] }, "10.0.0.1", [`Forwarded: ${value}`])).toEqual([
      `Forwarded: ${value}, for=10.0.0.1;host=a.test;proto=https`,
    ]);
  });

  it("without Host there is no X-Forwarded-Host", () => {
    expect(changed({ headers: ["x-forwarded-host"] }, "10.0.0.1", [], "")).toEqual([]);
  });
});
