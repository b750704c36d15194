import { describe, expect, it } from "vitest";
import { Access, type AccessRequest } from "../../../src/admin/session/access.ts";

const TOKEN = "correct-horse-battery-staple";
const COOKIE = "shadowdiff_session_9900";

class Clock {
  time = 1_000_000;
  readonly wall = (): number => this.time;
  readonly monotonic = (): number => this.time;
}

const from = (headers: AccessRequest["headers"], address = "127.0.0.1"): AccessRequest => ({ headers, address });
const bearer = (token: string, address?: string): AccessRequest => from({ authorization: `Bearer ${token}` }, address);

/** The code of the error that the call throws; "pass" when it throws none. */
function outcome(call: () => unknown): string {
  try {
    call();
    return "pass";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("Access", () => {
  it("lets everyone pass when no token is set", () => {
    const access = new Access(undefined, new Clock());
    expect(outcome(() => access.check(from({}), COOKIE))).toBe("pass");
  });

  it("lets the bearer of the token pass, and no other", () => {
    const access = new Access(TOKEN, new Clock());
    expect(outcome(() => access.check(bearer(TOKEN), COOKIE))).toBe("pass");
    expect(outcome(() => access.check(from({ authorization: `bearer  ${TOKEN} ` }), COOKIE))).toBe("pass");
    expect(outcome(() => access.check(bearer(`${TOKEN}x`), COOKIE))).toBe("token-wrong");
    expect(outcome(() => access.check(bearer(TOKEN.slice(0, -1)), COOKIE))).toBe("token-wrong");
    expect(outcome(() => access.check(from({ authorization: TOKEN }), COOKIE))).toBe("token-needed");
    expect(outcome(() => access.check(from({}), COOKIE))).toBe("token-needed");
  });

  it("begins a session with the token, by a cookie that scripts and other sites cannot use", () => {
    const clock = new Clock();
    const access = new Access(TOKEN, clock);
    const cookie = access.logIn(TOKEN, "127.0.0.1", COOKIE, false);
    expect(cookie).toMatch(
      /^shadowdiff_session_9900=44200000\.[0-9a-f]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(access.logIn(TOKEN, "127.0.0.1", COOKIE, true)).toMatch(/; SameSite=Strict; Secure$/);
    const [pair = ""] = cookie.split(";");
    expect(outcome(() => access.check(from({ cookie: `other=1; ${pair}` }), COOKIE))).toBe("pass");
    expect(outcome(() => access.check(from({ cookie: pair }), "shadowdiff_session_9901"))).toBe("token-needed");
  });

  it("takes no session that is over, forged, or of another process", () => {
    const clock = new Clock();
    const access = new Access(TOKEN, clock);
    const [pair = ""] = access.logIn(TOKEN, "127.0.0.1", COOKIE, false).split(";");
    const check = (cookie: string): string => outcome(() => access.check(from({ cookie }), COOKIE));
    expect(check(pair.replace("44200000", "94200000"))).toBe("token-needed");
    expect(check(`${COOKIE}=${TOKEN}`)).toBe("token-needed");
    expect(check(`${COOKIE}=`)).toBe("token-needed");
    expect(outcome(() => new Access(TOKEN, clock).check(from({ cookie: pair }), COOKIE))).toBe("token-needed");
    clock.time = 44_200_000;
    expect(check(pair)).toBe("token-needed");
  });

  it("answers an address after ten wrong tokens in a minute with 429, but lets the right one pass", () => {
    const clock = new Clock();
    const access = new Access(TOKEN, clock);
    const logIn = (token: string, address: string): string =>
      outcome(() => access.logIn(token, address, COOKIE, false));
    const attempts = Array.from({ length: 12 }, () => logIn("guess", "10.0.0.1"));
    expect(attempts).toEqual([
      ...Array.from({ length: 10 }, () => "token-wrong"),
      "too-many-failures",
      "too-many-failures",
    ]);
    expect(logIn(TOKEN, "10.0.0.1")).toBe("pass");
    expect(logIn("guess", "10.0.0.1")).toBe("too-many-failures");
    expect(logIn("guess", "10.0.0.2")).toBe("token-wrong");
    expect(outcome(() => access.check(bearer("guess", "10.0.0.1"), COOKIE))).toBe("token-wrong");
    clock.time += 60_000;
    expect(logIn("guess", "10.0.0.1")).toBe("token-wrong");
  });

  it("limits wrong bearers in the same way", () => {
    const access = new Access(TOKEN, new Clock());
    for (let attempt = 0; attempt < 10; attempt += 1) outcome(() => access.check(bearer("guess"), COOKIE));
    expect(outcome(() => access.check(bearer("guess"), COOKIE))).toBe("too-many-failures");
    expect(outcome(() => access.check(bearer(TOKEN), COOKIE))).toBe("pass");
  });
});
