import { describe, expect, it } from "vitest";
import { createLogger, type LogLevel } from "../../src/telemetry/logger.ts";

function capture(level: LogLevel) {
  const lines: string[] = [];
  const logger = createLogger({ level, thread: "store", stream: { write: (line) => void lines.push(line) } });
  return { logger, lines };
}

describe("createLogger", () => {
  it("writes one JSON line per event, with level, time and thread", () => {
    const { logger, lines } = capture("info");
    logger.info({ run: "r1" }, "started");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      thread: "store",
      run: "r1",
      msg: "started",
    });
  });

  it("escapes control characters, so that an event is always one line", () => {
    const { logger, lines } = capture("info");
    logger.warn({ path: "a\r\nb\u001b[2J" }, 'forged"}\n{"level":"error"}\u001b[31m');
    expect(lines).toHaveLength(1);
    // oxlint-disable-next-line no-control-regex -- control characters
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f]/);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", path: "a\r\nb\u001b[2J" });
  });

  it("logs an error with its stack and its cause", () => {
    const { logger, lines } = capture("error");
    logger.error({ err: new Error("the store failed", { cause: new Error("disk full") }) }, "cannot store");
    const { err } = JSON.parse(lines[0] ?? "") as { err: { message: string; stack: string } };
    expect(err.message).toContain("the store failed");
    expect(err.stack).toContain("disk full");
  });

  it("logs nothing below its level", () => {
    const { logger, lines } = capture("error");
    logger.debug("a mirror failed");
    logger.warn("a limit is near");
    expect(lines).toEqual([]);
  });
});
