import { expect, it } from "vitest";
import { AddressTally } from "../../src/isolate/reduce/address-tally.ts";

function tallyOf(seen: readonly (readonly [address: string, shows: boolean])[]): string {
  const tally = new AddressTally();
  for (const [address, shows] of seen) tally.add(address, shows);
  return tally.sentence();
}

it("an address decides if the cause always shows with it, and never with all others", () => {
  const alternating = Array.from({ length: 8 }, (_, index) => [`10.0.0.${index % 2}:80`, index % 2 === 0] as const);
  expect(tallyOf(alternating)).toBe(
    "It shows only if 10.0.0.0:80 responds (4 of 4), and never with 10.0.0.1:80 (0 of 4).",
  );
  expect(tallyOf([...alternating, ["10.0.0.0:80", false]])).toBe("");
  expect(tallyOf([...alternating, ["10.0.0.2:80", true], ["10.0.0.2:80", false]])).toBe("");
  expect(tallyOf([["10.0.0.0:80", true]])).toBe("");
  expect(tallyOf([])).toBe("");
});
