import { describe, expect, it } from "vitest";
import {
  addEvent,
  connectionAt,
  initialFacts,
  isStale,
  type ConnectionEvent,
  type ConnectionFacts,
} from "../../../web/src/data/connection.ts";

const OLD = { startedAt: 1, runId: "old" };
const NEW = { startedAt: 2, runId: "new" };

/** @param events each with its time in milliseconds */
function after(...events: readonly (readonly [number, ConnectionEvent])[]): ConnectionFacts {
  return events.reduce((facts, [at, event]) => addEvent(facts, event, at), initialFacts(0));
}

describe("connectionAt", () => {
  it("is connecting until the stream opens, and unresponsive after 10 s of waiting", () => {
    expect(connectionAt(after(), 9_999)).toEqual({ state: "connecting" });
    expect(connectionAt(after(), 10_000)).toEqual({ state: "unresponsive", since: 0 });
  });

  it("is live while heartbeats arrive, and unresponsive since the last one", () => {
    const facts = after([100, { type: "opened" }], [3_100, { type: "heard", process: OLD }]);
    expect(connectionAt(facts, 13_099)).toEqual({ state: "live" });
    expect(connectionAt(facts, 13_100)).toEqual({ state: "unresponsive", since: 3_100 });
    expect(connectionAt(addEvent(facts, { type: "heard" }, 20_000), 20_001)).toEqual({ state: "live" });
  });

  it("is reconnecting for 5 s, then disconnected since the first failure", () => {
    const facts = after([100, { type: "opened" }], [1_000, { type: "broken" }], [3_000, { type: "broken" }]);
    expect(connectionAt(facts, 5_999)).toEqual({ state: "reconnecting", since: 1_000 });
    expect(connectionAt(facts, 6_000)).toEqual({ state: "disconnected", since: 1_000 });
    expect(connectionAt(addEvent(facts, { type: "opened" }, 7_000), 7_000)).toEqual({ state: "live" });
  });

  it("is stopped once the process said so, however long ago, until another one responds", () => {
    const facts = after([100, { type: "opened" }], [1_000, { type: "stopped" }], [1_001, { type: "broken" }]);
    expect(connectionAt(facts, 900_000)).toEqual({ state: "stopped", since: 1_000 });
    expect(connectionAt(addEvent(facts, { type: "opened" }, 900_001), 900_001)).toEqual({ state: "live" });
  });

  it("waits again after the page was hidden", () => {
    const facts = after([100, { type: "opened" }], [60_000, { type: "resumed" }]);
    expect(connectionAt(facts, 60_001)).toEqual({ state: "live" });
  });
});

describe("addEvent", () => {
  it("remembers the process that was replaced", () => {
    const facts = after([1, { type: "heard", process: OLD }], [2, { type: "heard", process: OLD }]);
    expect(facts.replaced).toBeNull();
    expect(addEvent(facts, { type: "heard", process: NEW }, 3)).toMatchObject({ process: NEW, replaced: OLD });
    // A switch of the run is no restart.
    expect(addEvent(facts, { type: "heard", process: { ...OLD, runId: "next" } }, 3).replaced).toBeNull();
  });
});

describe("isStale", () => {
  it("does not hold for a short interruption", () => {
    expect(isStale({ state: "reconnecting", since: 0 })).toBe(false);
    expect(isStale({ state: "unresponsive", since: 0 })).toBe(true);
  });
});
