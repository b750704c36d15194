import type { AccountingCount } from "../../../src/model/accounting.ts";
import { measured, NOW, outcome, related, rule, statusPairs, type Rows } from "../memory-reader.ts";

/** A count of the accounting. */
export function counted(
  fate: AccountingCount["fate"],
  count: number,
  reason: AccountingCount["reason"] = "",
): AccountingCount {
  return { minute: 0, candidate: "v2", fate, reason, count };
}

/** A run that fails, with something of everything that a report shows. */
export const FAILING: Rows = {
  accounting: [
    counted("received", 6070),
    counted("notMirrored", 40, "method"),
    counted("notMirrored", 2, "upgrade"),
    counted("sampledOut", 98),
    counted("dropped", 320, "queue"),
    counted("dropped", 30, "inflight"),
    counted("mirrored", 5580),
    counted("skipped", 7, "primary-failed"),
    counted("skipped", 3, "client-aborted"),
  ],
  outcomes: [
    outcome(389, []),
    outcome(31, ["body $.price value raw", "header x-request-id header raw"]),
    outcome(695, ["body $.now value both"], { endpoint: "GET /time" }),
    outcome(4, ["body $.now value raw"], { endpoint: "GET /time" }),
    outcome(5, ["body $.now value noise"], { endpoint: "GET /time" }),
    outcome(4400, [], { endpoint: "GET /healthy" }),
    outcome(45, ["transport $ transport raw"], { endpoint: "GET /reports/{id}/export" }),
    outcome(1, ["body $.data.items[*].attributes.pricing.discounts[*].amount type raw"], {
      endpoint: "GET /api/v2/customers/{id}/subscriptions/{id}/invoices/{id}",
      paired: false,
    }),
  ],
  relations: [related(31, "body $.price value rounding")],
  rules: [
    rule("x-request-id", {
      section: "header",
      endpoint: "**",
      action: { type: "ignore" },
      reason: "new for every request",
    }),
    rule("$.gone", { id: "rule-2", endpoint: "GET /healthy", expiresAt: null, reason: "was needed once", owner: "" }),
    rule("$.price", { id: "rule-3", expiresAt: NOW, reason: "until the release" }),
  ],
  reviews: [
    {
      signature: "any",
      decision: "accepted",
      endpoints: ["GET /reports/{id}/export"],
      title: "no complete response",
      fields: [{ section: "transport", path: "$", kind: "transport", relation: null }],
      reason: "exports are switched off",
      by: "ann",
      at: NOW,
      expiresAt: Date.UTC(2027, 0, 31),
    },
    {
      signature: "other",
      decision: "denied",
      endpoints: ["GET /orders/{id}"],
      title: "body $.price (rounded)",
      fields: [{ section: "body", path: "$.price", kind: "value", relation: "rounding" }],
      reason: "cents are money",
      by: "bob",
      at: NOW,
      expiresAt: null,
    },
  ],
  minutes: [
    ...measured("primary", { 12: 300, 45: 100, 80: 20 }),
    ...measured("candidate", { 13: 300, 47: 100, 1950: 20 }),
    ...measured("ratio", { 1.04: 420 }),
    ...measured("bias", { 1.01: 420 }),
  ],
  statuses: [
    statusPairs(200, 200, 420),
    statusPairs(200, 200, 4400, { endpoint: "GET /healthy" }),
    statusPairs(200, 0, 45, { endpoint: "GET /reports/{id}/export" }),
  ],
};
