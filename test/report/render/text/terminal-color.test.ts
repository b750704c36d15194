import { describe, expect, it } from "vitest";
import { hasColors } from "../../../../src/report/render/text/terminal-color.ts";

const TERMINAL = { isTTY: true };
const PIPE = {};

describe("hasColors", () => {
  it.each([
    ["a terminal", TERMINAL, { TERM: "xterm-256color" }, true],
    ["a terminal with NO_COLOR", TERMINAL, { TERM: "xterm-256color", NO_COLOR: "1" }, false],
    ["a dumb terminal", TERMINAL, { TERM: "dumb" }, false],
    ["a terminal with FORCE_COLOR=0", TERMINAL, { TERM: "xterm-256color", FORCE_COLOR: "0" }, false],
    ["a pipe", PIPE, { TERM: "xterm-256color" }, false],
    ["a pipe with FORCE_COLOR", PIPE, { FORCE_COLOR: "1" }, true],
    ["a pipe with an empty FORCE_COLOR", PIPE, { FORCE_COLOR: "" }, true],
    ["a pipe with FORCE_COLOR=0", PIPE, { FORCE_COLOR: "0" }, false],
    ["a pipe with FORCE_COLOR and NO_COLOR", PIPE, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ])("of %s", (_, stream, environment, expected) => {
    expect(hasColors(stream, environment)).toBe(expected);
  });
});
