import { expect, it } from "vitest";
import type { Review } from "../../../src/model/review.ts";
import { coverageText, reviewGroups } from "../../../web/src/reviews/review-groups.ts";

const review = (signature: string, at: number, more: Partial<Review> = {}): Review => ({
  signature,
  decision: "accepted",
  endpoints: ["GET /a"],
  title: signature,
  fields: [],
  reason: "agreed",
  by: "ann",
  at,
  expiresAt: null,
  ...more,
});

it("reviews of one decision are one row, newest first", () => {
  const groups = reviewGroups([review("a", 1), review("b", 2), review("c", 2), review("d", 2, { decision: "denied" })]);
  expect(groups.map((group) => group.map(({ signature }) => signature))).toEqual([["b", "c"], ["d"], ["a"]]);
});

it("a review says where it applies", () => {
  const texts = [["**"], ["GET /a"], ["GET /a", "GET /b"]].map((endpoints) => coverageText({ endpoints }));
  expect(texts).toEqual(["all endpoints", "GET /a", "2 endpoints"]);
});
