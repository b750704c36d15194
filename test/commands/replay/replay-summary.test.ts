import { describe, expect, it } from "vitest";
import { summaryText, type ReplaySummary } from "../../../src/commands/replay/replay-summary.ts";

const SUMMARY: ReplaySummary = {
  elapsedMs: 2_000,
  counts: {
    taken: 1_000,
    takenBytes: 0,
    done: 1_000,
    sent: 1_000,
    primaryFailed: 0,
    unsent: new Map(),
    refused: 0,
    late: 0,
    latestMs: 0,
    isDone: true,
    outage: null,
  },
  read: { requests: 1_000, passes: 1, hasEnded: true, lanes: new Set(["a", "b"]) },
  recording: {
    bytesRead: 1,
    bytesTotal: 1,
    read: 1_000,
    filteredOut: 0,
    skipped: { method: 0, scheme: 0, upgrade: 0, response: 0, empty: 0 },
    masked: { target: 0, headers: 0, body: 0 },
    broken: 0,
    firstProblems: [],
  },
  methods: new Set(["GET", "HEAD", "OPTIONS"]),
  dropped: 0,
  keepsOrder: true,
  isRepeated: false,
  isInterrupted: false,
};

describe("the summary of a replay", () => {
  it("is one line if everything was sent", () => {
    expect(summaryText(SUMMARY)).toBe("replayed 1,000 requests in 2 s (500/s)\n");
  });

  it("says what was not sent, why, and what to do about it", () => {
    const { counts, read, recording } = SUMMARY;
    const unsent = new Map([
      ["POST", 98],
      ["DELETE", 1],
    ]);
    const text = summaryText({
      ...SUMMARY,
      counts: { ...counts, unsent, done: 1_100, refused: 1, primaryFailed: 2, late: 3, latestMs: 1_234 },
      read: {
        ...read,
        lanes: new Set(["10.0.0.1"]),
      },
      recording: {
        ...recording,
        filteredOut: 4,
        skipped: { ...recording.skipped, response: 5 },
        masked: { ...recording.masked, headers: 6 },
        broken: 7,
        firstProblems: [{ place: "access.log:17", problem: "not a line \u001b[2J" }],
      },
      dropped: 1,
    });
    expect(text.split("\n")).toEqual([
      "replayed 1,000 requests in 2 s (500/s)",
      "  not sent: 98 POST requests; a write happens on every version: --method GET,HEAD,OPTIONS,POST",
      "  not sent: 1 DELETE request; a write happens on every version: --method GET,HEAD,OPTIONS,DELETE",
      "  not sent: 1 malformed request",
      "  filtered out: 4 requests",
      "  skipped: 5 records with a response",
      "  unreadable: 7 records",
      "    access.log:17: not a line \\x1b[2J",
      "    and 6 more",
      "  masked: 6 requests with masked headers; the response may differ",
      "  no response of the primary: 2 requests",
      "  dropped: 1 copy; lower --concurrency",
      "  sent late: 3 requests, by up to 1.23 s; raise --concurrency, or lower the pace",
      "  all requests are from one client, and were sent one after the other; --any-order sends them concurrently",
      "",
    ]);
  });

  it("does not warn of writes for methods that only read, nor name a remedy for what the routes exclude", () => {
    const unsent = new Map([
      ["HEAD", 2],
      ["POST", 1],
    ]);
    const text = summaryText({
      ...SUMMARY,
      counts: { ...SUMMARY.counts, unsent, done: 1_003 },
      methods: new Set(["GET", "POST"]),
    });
    expect(text).toContain("  not sent: 2 HEAD requests; to send them too: --method GET,POST,HEAD\n");
    expect(text).toContain("  not sent: 1 POST request; no candidate of their routes takes them\n");
  });

  it("counts what cannot be sent once, and says that each pass has it, and that it was interrupted", () => {
    const { recording } = SUMMARY;
    const skipped = { ...recording.skipped, method: 1 };
    const masked = { ...recording.masked, body: 2 };
    const text = summaryText({
      ...SUMMARY,
      recording: { ...recording, skipped, masked, broken: 4, filteredOut: 3 },
      isRepeated: true,
      isInterrupted: true,
    });
    expect(text.split("\n").slice(0, 4)).toEqual([
      "replayed 1,000 requests in 2 s (500/s), interrupted",
      "  filtered out: 3 requests in each pass",
      "  skipped: 1 record with a method whose requests are incomplete in this format, or that is never sent, in each pass",
      "  unreadable: 4 records in each pass",
    ]);
    expect(text).toContain(
      "  masked: 2 requests in each pass with a body that was not stored; the response may differ\n",
    );
  });
});
