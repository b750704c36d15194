import { describe, expect, it } from "vitest";
import { headerRows } from "../../../src/presentation/headers/header-rows.ts";

describe("headerRows", () => {
  it("distinguishes fields that differ from fields whose difference does not count", () => {
    const left = ["Date", "Mon", "X-A", "1", "Vary", "a", "vary", "b"];
    const right = ["date", "Tue", "x-a", "2", "vary", "a", "vary", "b"];
    expect(headerRows(left, right, ["x-a"])).toEqual([
      { name: "x-a", lines: [{ left: "1", right: "2" }], mark: "differs" },
      { name: "date", lines: [{ left: "Mon", right: "Tue" }], mark: "ignored" },
      {
        name: "vary",
        lines: [
          { left: "a", right: "a" },
          { left: "b", right: "b" },
        ],
        mark: "same",
      },
    ]);
  });

  it("shows each cookie with its attributes next to each other, whatever their order", () => {
    const left = ["Set-Cookie", "a=1; Path=/; Secure", "Set-Cookie", "b=2"];
    const right = ["set-cookie", "b=2", "set-cookie", "a=1; secure; SameSite=Lax; path=/"];
    expect(headerRows(left, right, ["set-cookie.a.SameSite"])).toEqual([
      {
        name: "set-cookie a",
        lines: [
          { left: "a=1", right: "a=1" },
          { left: "Path=/", right: "path=/" },
          { left: "Secure", right: "secure" },
          { left: undefined, right: "SameSite=Lax" },
        ],
        mark: "differs",
      },
      { name: "set-cookie b", lines: [{ left: "b=2", right: "b=2" }], mark: "same" },
    ]);
  });

  it("calls nothing different when one side has no response", () => {
    expect(headerRows(["X-A", "1"], [], []).map(({ mark }) => mark)).toEqual(["same"]);
  });
});
