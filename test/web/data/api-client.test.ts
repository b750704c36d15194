import { afterEach, describe, expect, it } from "vitest";
import { sendJson, setResponding } from "../../../web/src/data/api-client.ts";

afterEach(() => setResponding(true));

describe("sendJson", () => {
  it("refuses a change while the process does not respond, because it would be made later, unseen", async () => {
    setResponding(false);
    await expect(sendJson("PUT", "control/mirroring", { paused: true })).rejects.toThrow(
      "shadowdiff does not respond. Nothing was changed; try again when this page is live.",
    );
  });

  it("sends it again when the process responds", async () => {
    setResponding(false);
    setResponding(true);
    // Without a page, the path has no origin.
    await expect(sendJson("PUT", "control/mirroring", { paused: true })).rejects.toThrow("Cannot reach shadowdiff.");
  });
});
