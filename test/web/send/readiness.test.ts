import { describe, expect, it } from "vitest";
import { readiness } from "../../../web/src/send/readiness.ts";

const TARGETS = [{ role: "primary", subset: "v1", url: "http://127.0.0.1:9001" }] as const;
const REFUSAL = { message: "It must not be sent.", remedy: "Do something else." };
const NOTHING = { secrets: {}, hasConsent: false };

describe("readiness", () => {
  it("a safe request is sent without more, and masked headers may be left out", () => {
    const preview = { method: "GET", targets: TARGETS, masked: ["header authorization"], refusal: null };
    expect(readiness(preview, NOTHING)).toBe("ready");
  });

  it("a method that can change data waits for a consent, which lifts its refusal", () => {
    const preview = { method: "POST", targets: TARGETS, masked: [], refusal: REFUSAL };
    expect(readiness(preview, NOTHING)).toBe("incomplete");
    expect(readiness(preview, { secrets: {}, hasConsent: true })).toBe("ready");
  });

  it("a body and a segment of the path are needed, because without them it is another request", () => {
    const preview = { method: "PUT", targets: TARGETS, masked: ["path 2", "body", "cookie SID"], refusal: REFUSAL };
    expect(readiness(preview, { secrets: { body: "{}" }, hasConsent: true })).toBe("incomplete");
    expect(readiness(preview, { secrets: { body: "{}", "path 2": "" }, hasConsent: true })).toBe("incomplete");
    expect(readiness(preview, { secrets: { body: "{}", "path 2": "7" }, hasConsent: true })).toBe("ready");
    expect(readiness(preview, { secrets: { body: "{}", "path 2": "7" }, hasConsent: false })).toBe("incomplete");
  });

  it("nothing in the dialog lifts another refusal", () => {
    const paused = { method: "GET", targets: TARGETS, masked: ["header authorization"], refusal: REFUSAL };
    expect(readiness(paused, { secrets: { "header authorization": "x" }, hasConsent: true })).toBe("refused");
    const gone = { method: "POST", targets: [], masked: ["body"], refusal: REFUSAL };
    expect(readiness(gone, { secrets: { body: "{}" }, hasConsent: true })).toBe("refused");
  });
});
