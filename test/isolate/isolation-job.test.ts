import { afterEach, describe, expect, it } from "vitest";
import type { ProbeRequest } from "../../src/model/isolate/probe.ts";
import { isolate, TwoVersions, type Seen, type Version } from "./two-versions.ts";

const NAMES = Array.from({ length: 18 }, (_, index) => [`X-Field-${index}`, `value ${index}`]).flat();

/** 20 header fields with Host, 8 query parameters and 3 cookies. */
const WIDE: ProbeRequest = {
  method: "GET",
  target: "/prices?a=1&b=2&c=3&currency=EUR&d=4&e=&f=6&g",
  headers: ["Host", "shop.example", ...NAMES, "Cookie", "SID=31d4; beta=1; theme=dark"],
  body: null,
};

function when(isChanged: (seen: Seen) => boolean): Version {
  return (seen) => ({ price: isChanged(seen) ? 2 : 1 });
}

function isEuroInBeta({ url, cookies }: Seen): boolean {
  return url.searchParams.get("currency") === "EUR" && cookies.get("beta") === "1";
}

function hasArticle({ body }: Seen): boolean {
  const { items = [] } = JSON.parse(body) as { items?: readonly { sku?: string }[] };
  return items.some(({ sku }) => sku === "A-1");
}

describe("an isolation against real servers", () => {
  let versions: TwoVersions | undefined;
  afterEach(() => versions?.stop());

  const start = async (candidate: Version, primary: Version = () => ({ price: 1 }), secondary = primary) => {
    versions = await TwoVersions.start(primary, candidate, secondary);
    return versions;
  };

  it("reduces 20 header fields, 8 parameters and 3 cookies to the parameter and the cookie that decide", async () => {
    const servers = await start(when(isEuroInBeta));
    const isolation = await isolate(servers, { request: WIDE });
    expect(isolation).toMatchObject({ state: "isolated", isMinimal: true, parts: { original: 29, left: 2 } });
    expect(isolation.message).toBe("2 of 29 parts decide: `cookie beta`, `currency=EUR`.");
    expect(isolation.deciding.map(({ words }) => words)).toEqual([
      "remove `cookie beta` and it is gone; with another value (`2`) too",
      "remove `currency=EUR` and it is gone; with another value (`x`) too",
    ]);
    expect(isolation.request).toMatchObject({
      method: "GET",
      target: "/prices?currency=EUR",
      headers: ["Host", "shop.example", "Cookie", expect.stringMatching(/^beta=\[redacted:[\da-f]{8}\]$/)],
      curl: `curl -i 'http://v1.example/prices?currency=EUR' -H 'Host: shop.example' -H 'Cookie: beta='"$COOKIE_BETA"`,
    });
    const { received } = servers;
    expect(received).toEqual({ primary: isolation.probes, candidate: isolation.probes, secondary: isolation.probes });
    // Three to see it again, 16 to leave out parts, two to confirm each that is left, one to see it at the end, two for neutral values, one for curl.
    expect(isolation.probes).toBe(25);
  });

  it("finds the value of a header field that decides, and keeps its exact value", async () => {
    const servers = await start(when(({ headers }) => (headers["accept-language"] ?? "").startsWith("de")));
    const request = { ...WIDE, headers: [...WIDE.headers, "Accept-Language", "de-AT, de;q=0.9"] };
    const isolation = await isolate(servers, { request });
    expect(isolation.deciding).toEqual([
      {
        kind: "header",
        name: "accept-language",
        value: "de-AT, de;q=0.9",
        replacement: null,
        words: "remove `accept-language: de-AT, de;q=0.9` and it is gone; with another value (`*`) too",
      },
    ]);
    expect(isolation.probes).toBe(16);
  });

  it("says that any value will do if only the presence decides, and gives it a neutral one", async () => {
    const servers = await start(when(({ url }) => url.searchParams.has("limit")));
    const isolation = await isolate(servers, { request: { ...WIDE, target: "/prices?limit=137&x=y" } });
    expect(isolation.request?.target).toBe("/prices?limit=1");
    expect(isolation.deciding.map(({ words }) => words)).toEqual([
      "remove `limit=1` and it is gone; any value will do",
    ]);
  });

  it("tries the path parameters of other requests", async () => {
    const servers = await start(when(({ url }) => url.pathname.startsWith("/users/7/")));
    const isolation = await isolate(servers, {
      request: { ...WIDE, target: "/users/7/orders/12?page=1" },
      endpoint: "GET /users/{id}/orders/{order}",
      otherTargets: ["/users/3/orders/4", "/users/[redacted:01234567]/orders/4?x", "/users/9/orders/5", "/users"],
    });
    expect(isolation.deciding).toEqual([
      {
        kind: "path",
        name: "id",
        value: "7",
        replacement: "3",
        words: "replace `7` in the path with `3` and it is gone",
      },
    ]);
    expect(isolation.request?.target).toBe("/users/7/orders/12");
  });

  it("finds a member of a JSON body, in its containers, and keeps its spelling", async () => {
    const servers = await start(when(hasArticle));
    const text =
      '{"id": 12345678901234567890, "items":[ {"sku":"B-2"}, {"n":1.50,"sku":"A-1"}], "note":"\\u00e4", "x":{"y":[1,2]}}';
    const isolation = await isolate(servers, {
      request: {
        method: "POST",
        target: "/orders",
        headers: ["Content-Type", "application/json"],
        body: Buffer.from(text),
      },
    });
    expect(isolation.request?.body).toBe('{"items":[{"sku":"A-1"}]}');
    expect(isolation.deciding.map(({ name, words }) => [name, words])).toEqual([
      ["$.items[1].sku", '`$.items[1].sku = "A-1"`'].map((part, index) =>
        index === 0 ? part : `remove ${part} from the body and it is gone; with another value (\`"x"\`) too`,
      ),
    ]);
    expect(isolation.request?.curl).toBe(
      `curl -i http://v1.example/orders -H 'content-type:' --data-raw '{"items":[{"sku":"A-1"}]}'`,
    );
  });

  it("isolates a cause that shows in every second response", async () => {
    let count = 0;
    const servers = await start(
      when(({ url }) => url.searchParams.get("currency") === "EUR" && (count += 1) % 2 === 0),
    );
    const request = { ...WIDE, headers: WIDE.headers.slice(0, 6) };
    const isolation = await isolate(servers, { request });
    expect(isolation).toMatchObject({ state: "isolated", isMinimal: true });
    expect(isolation.request?.target).toBe("/prices?currency=EUR");
    expect(isolation.message).toBe(
      "1 of 10 parts decides: `currency=EUR`. It showed in 4 of 8 original requests, so each step was repeated up to 5 times.",
    );
    expect(isolation.probes).toBe(40);
  });

  it("says that nothing decides if every request shows it", async () => {
    const isolation = await isolate(await start(() => ({ price: 2 })), { request: WIDE });
    expect(isolation.message).toBe("Nothing in the request decides: the cause shows without any of its 29 parts.");
    expect(isolation).toMatchObject({
      isMinimal: true,
      deciding: [],
      parts: { left: 0 },
      request: { target: "/prices" },
    });
  });

  it("tells noise by the secondary", async () => {
    let count = 0;
    const noisy: Version = () => ({ price: (count += 1) });
    const isolation = await isolate(await start(noisy, noisy), { request: WIDE });
    expect(isolation).toMatchObject({ state: "noise", probes: 8, request: null, isMinimal: false });
    expect(isolation.message).toBe(
      "The cause is noise: two responses of the primary's version differ in it as well, in 8 of 8 requests; only the candidate's in 0.",
    );
  });

  it("says so if the cause does not show again, and what to do if the request lacked secrets", async () => {
    const servers = await start(() => ({ price: 1 }));
    expect(await isolate(servers, { request: WIDE })).toMatchObject({
      state: "not-reproduced",
      probes: 8,
      message:
        "The cause did not show in 8 requests. It can depend on chance, on time, or on what was in the data then, or a version has changed since; arm the isolation to try a fresh request.",
    });
    expect(await isolate(servers, { request: WIDE, leftOut: ["header authorization"] })).toMatchObject({
      state: "failed",
      message:
        "The cause did not show in 8 requests without header authorization, whose values are not stored. Type them in, or arm the isolation, which takes the next live request. If that does not help, a version has changed since.",
    });
  });

  it("keeps the best request when the limit is reached", async () => {
    const servers = await start(when(isEuroInBeta));
    const isolation = await isolate(servers, { request: WIDE, maxProbes: 8 });
    expect(isolation).toMatchObject({ state: "stopped", isMinimal: false, probes: 8, deciding: [], maxProbes: 8 });
    expect(servers.received.primary).toBe(8);
    expect(isolation.message).toMatch(
      /^The limit of 8 requests was reached with \d+ of 29 parts left, and not all of them/,
    );
    expect(isolation.request?.target).toContain("currency=EUR");
  });

  it("stops when it is asked to, and when mirroring is paused, without another request", async () => {
    const servers = await start(() => ({ price: 2 }));
    const stopped = await isolate(servers, {
      request: WIDE,
      onChange: (job) => job.isolation.probes === 4 && job.stop("anna"),
    });
    expect(stopped).toMatchObject({ state: "stopped", message: "Stopped by anna.", probes: 4, parts: { left: 29 } });
    let asked = 0;
    const refused = await isolate(servers, {
      request: WIDE,
      refusal: () => ((asked += 1) > 2 ? "Mirroring is paused." : null),
    });
    expect(refused).toMatchObject({ state: "stopped", message: "Mirroring is paused.", probes: 2, request: null });
  });

  it("a candidate that dies meanwhile has isolated nothing", async () => {
    let isDead = false;
    const servers = await start((seen) => (isDead ? null : { price: isEuroInBeta(seen) ? 2 : 1 }));
    const onChange = (job: { readonly isolation: { readonly probes: number } }): boolean =>
      (isDead ||= job.isolation.probes === 9);
    const isolation = await isolate(servers, { request: WIDE, onChange: (job) => void onChange(job) });
    expect(isolation).toMatchObject({ state: "failed", isMinimal: false, deciding: [] });
    expect(isolation.message).toMatch(
      /^The request could not be compared 3 times in a row: v2 does not respond: .+\.$/,
    );
    expect(isolation.probes).toBe(11);
  });

  it("a single failure is neither a show nor a miss", async () => {
    let count = 0;
    const servers = await start((seen) => ((count += 1) % 3 === 0 ? null : { price: isEuroInBeta(seen) ? 2 : 1 }));
    const isolation = await isolate(servers, { request: WIDE });
    expect(isolation).toMatchObject({
      state: "isolated",
      message: "2 of 29 parts decide: `cookie beta`, `currency=EUR`.",
    });
  });

  it("sets a smaller request aside to which the candidate never responds", async () => {
    const servers = await start((seen) => {
      if (seen.headers["x-field-3"] === undefined) return null;
      return { price: isEuroInBeta(seen) ? 2 : 1 };
    });
    const isolation = await isolate(servers, { request: WIDE, maxProbes: 200 });
    expect(isolation).toMatchObject({ state: "isolated", isMinimal: true });
    expect(isolation.deciding.map(({ name }) => name)).toEqual(["x-field-3", "beta", "currency"]);
  });

  it("says that the cause has stopped showing instead of naming parts, when the candidate is repaired meanwhile", async () => {
    let count = 0;
    const servers = await start((seen) => ({ price: (count += 1) < 9 && isEuroInBeta(seen) ? 2 : 1 }));
    const isolation = await isolate(servers, { request: WIDE });
    expect(isolation).toMatchObject({ state: "failed", isMinimal: false, deciding: [] });
    expect(isolation.message).toContain("The cause stopped showing while parts were left out");
  });
});
