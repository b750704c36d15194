import { describe, expect, it } from "vitest";
import type { HeaderOperations } from "../../src/model/routing.ts";
import { compileHeaderChange, withHost } from "../../src/http/header-operations.ts";

const none: HeaderOperations = { set: [], add: [], remove: [] };
const apply = (fields: readonly string[], ...operations: Partial<HeaderOperations>[]): readonly string[] =>
  compileHeaderChange(...operations.map((some) => ({ ...none, ...some })))?.(fields) ?? fields;

const FIELDS = ["Host", "h", "X-A", "1", "x-a", "2", "Accept", "*/*"];

describe("compileHeaderChange", () => {
  it("returns undefined when there is nothing to change", () => {
    expect(compileHeaderChange(none, none)).toBeUndefined();
  });

  it("set replaces all fields of that name at the position of the first one, or appends", () => {
    expect(apply(FIELDS, { set: [["X-a", "9"]] })).toEqual(["Host", "h", "X-a", "9", "Accept", "*/*"]);
    expect(apply(["A", "1"], { set: [["B", "2"]] })).toEqual(["A", "1", "B", "2"]);
  });

  it("add keeps existing fields; remove ignores the case of a name", () => {
    expect(apply(["A", "1"], { add: [["a", "2"]] })).toEqual(["A", "1", "a", "2"]);
    expect(apply(FIELDS, { remove: ["X-A"] })).toEqual(["Host", "h", "Accept", "*/*"]);
    expect(apply(FIELDS, { remove: ["none"] })).toEqual(FIELDS);
  });

  it("applies set, add, remove in this order, operation by operation", () => {
    const first = { set: [["A", "1"]], add: [["B", "2"]], remove: ["C"] } as const;
    const second = { set: [["B", "3"]], add: [["C", "4"]] } as const;
    expect(apply(["C", "0"], first, second)).toEqual(["A", "1", "B", "3", "C", "4"]);
    expect(apply([], { set: [["A", "1"]], remove: ["a"] })).toEqual([]);
  });

  it("does not change framing fields", () => {
    const fields = ["Content-Length", "2", "Connection", "x"];
    const all: HeaderOperations = {
      set: [["Content-Length", "9"]],
      add: [["transfer-encoding", "chunked"]],
      remove: ["Connection", "TE"],
    };
    expect(compileHeaderChange(all)).toBeUndefined();
    expect(apply(fields, { ...all, add: [["A", "1"]] })).toEqual([...fields, "A", "1"]);
  });

  it("writes values outside ASCII as UTF-8", () => {
    expect(apply([], { set: [["A", "é"]], add: [["B", "日"]] })).toEqual(["A", "Ã©", "B", "\u00e6\u0097\u00a5"]);
  });

  it("does not modify its input", () => {
    const fields = Object.freeze(["A", "1"]);
    expect(apply(fields, { set: [["A", "2"]] })).toEqual(["A", "2"]);
    expect(fields).toEqual(["A", "1"]);
  });
});

describe("withHost", () => {
  it("replaces Host at its position", () => {
    expect(withHost(["A", "1", "host", "h", "B", "2"], "new:1")).toEqual(["A", "1", "Host", "new:1", "B", "2"]);
  });
});
