import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { talk } from "../proxy/proxy-harness.ts";
import { REQUEST_ATTACKS, SMUGGLED } from "./request-attacks.ts";
import { StrictUpstream } from "./strict-upstream.ts";

const METHODS = ["GET", "POST", "OPTIONS", "M-SEARCH"];

let primary: StrictUpstream;
let candidate: StrictUpstream;
let shadowdiff: Shadowdiff;
beforeAll(async () => {
  [primary, candidate] = await Promise.all([StrictUpstream.start(), StrictUpstream.start()]);
  const methods = METHODS.flatMap((method) => ["--method", method]);
  shadowdiff = await startShadowdiff({ args: ["--primary", primary.url, "--candidate", candidate.url, ...methods] });
});
afterAll(async () => {
  await shadowdiff.stop();
  await primary.stop();
  await candidate.stop();
});

describe("an attack on the framing of requests is refused, and the request behind it reaches no upstream", () => {
  it.each(REQUEST_ATTACKS)("$name", async ({ bytes, forwarded }) => {
    const before = primary.complete.length;
    const text = await talk(Number(new URL(shadowdiff.proxy).port), bytes + SMUGGLED);
    const statuses = text.match(/^HTTP\/1\.1 \d/gm)?.map((line) => line.at(-1)) ?? [];
    // Without a refusal, the request behind the attack is served too.
    expect(statuses.join("")).toMatch(forwarded === 2 ? /^22$/ : new RegExp(`^2{${forwarded}}[45]$`));
    expect(primary.complete.length - before).toBe(forwarded);
  });

  it("no upstream has received a malformed request, and every forwarded request is accounted for", async () => {
    const sent = REQUEST_ATTACKS.reduce((sum, { forwarded }) => sum + forwarded, 0);
    expect(primary.complete).toHaveLength(sent);
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, sent));
    expect(brokenInvariants(report)).toEqual([]);
    expect(candidate.complete.toSorted()).toEqual(primary.complete.toSorted());
    expect([...primary.malformed, ...candidate.malformed]).toEqual([]);
  });
});
