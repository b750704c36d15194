import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFactor,
  formatRate,
  formatInterval,
  formatPercent,
  formatPlural,
  formatShare,
  formatTimeout,
} from "../../src/presentation/words/number-format.ts";

describe("formatCount and formatPlural", () => {
  it("separate thousands and use the singular for one only", () => {
    expect([formatCount(1_234_567), formatPlural(0, "response"), formatPlural(1, "response")]).toEqual([
      "1,234,567",
      "0 responses",
      "1 response",
    ]);
    expect(formatPlural(1_204, "retry", "retries")).toBe("1,204 retries");
  });
});

describe("formatShare", () => {
  it.each([
    [0.92619, 1, "92.62%"],
    [0.999, 1, "99.9%"],
    [0.999996, 1, "99.9996%"],
    [0.9989989, 0.999, "99.8999%"],
    [0.00001, 1, "0.001%"],
    [0.00002, 1, "0.002%"],
    [0, 1, "0%"],
    [1, 0.999, "100%"],
  ])("writes %d with a limit of %d as %s", (share, limit, text) => {
    expect(formatShare(share, limit)).toBe(text);
  });
});

describe("formatPercent", () => {
  it.each([
    [100, "100%"],
    [12.345, "12.345%"],
    [100 / 3, "33.3333%"],
    [0.00002, "0.00002%"],
  ])("writes the configured percentage %d as %s", (percent, text) => {
    expect(formatPercent(percent)).toBe(text);
  });
});

describe("formatFactor and formatDuration", () => {
  it("have three significant digits and no decimals from 100 on", () => {
    expect([1.1, 0.8724, 1.3449, 12.349, 1234.5].map(formatFactor)).toEqual([
      "1.1×",
      "0.872×",
      "1.34×",
      "12.3×",
      "1,235×",
    ]);
    expect([0.01234, 12.21, 999.4, 1_999, 65_432].map(formatDuration)).toEqual([
      "0.0123 ms",
      "12.2 ms",
      "999 ms",
      "2 s",
      "65.4 s",
    ]);
  });

  it("show a dash for a duration that was not measured", () => {
    expect(formatDuration(null)).toBe("–");
  });
});

describe("formatTimeout", () => {
  it("keeps every digit of a configured duration", () => {
    expect([250, 1_000, 12_345].map(formatTimeout)).toEqual(["250 ms", "1 s", "12.345 s"]);
  });
});

describe("formatBytes", () => {
  it("uses binary units", () => {
    expect([0, 1023, 1536, 200 * 1024 ** 2].map(formatBytes)).toEqual(["0 B", "1023 B", "1.5 KiB", "200 MiB"]);
  });
});

describe("formatInterval", () => {
  it("formats both ends", () => {
    expect(formatInterval({ low: 0.9713, high: 0.9901 }, formatShare)).toBe("97.13% – 99.01%");
  });
});

describe("formatRate", () => {
  it("has three significant digits", () => {
    expect([0, 0.004_56, 12.345, 200, 12_345.6].map(formatRate)).toEqual([
      "0/s",
      "0.00456/s",
      "12.3/s",
      "200/s",
      "12,346/s",
    ]);
  });
});
