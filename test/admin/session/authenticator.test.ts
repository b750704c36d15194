import { describe, expect, it } from "vitest";
import { Authenticator, type ClientCredentials } from "../../../src/admin/session/authenticator.ts";

const TOKEN = "correct-horse-battery-staple";
const COOKIE = "shadowdiff_session_9900";

class Clock {
  time = 1_000_000;
  readonly wall = (): number => this.time;
  readonly monotonic = (): number => this.time;
}

const from = (headers: ClientCredentials["headers"], address = "127.0.0.1"): ClientCredentials => ({
  headers,
  address,
});
const bearer = (token: string, address?: string): ClientCredentials =>
  from({ authorization: `Bearer ${token}` }, address);

/** The code of the error that the call throws, or "pass". */
function outcome(call: () => unknown): string {
  try {
    call();
    return "pass";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("Authenticator", () => {
  it("accepts every request without a configured token", () => {
    const authenticator = new Authenticator(undefined, new Clock());
    expect(outcome(() => authenticator.check(from({}), COOKIE))).toBe("pass");
  });

  it("accepts only the right bearer token", () => {
    const authenticator = new Authenticator(TOKEN, new Clock());
    expect(outcome(() => authenticator.check(bearer(TOKEN), COOKIE))).toBe("pass");
    expect(outcome(() => authenticator.check(from({ authorization: `bearer  ${TOKEN} ` }), COOKIE))).toBe("pass");
    expect(outcome(() => authenticator.check(bearer(`${TOKEN}x`), COOKIE))).toBe("token-wrong");
    expect(outcome(() => authenticator.check(bearer(TOKEN.slice(0, -1)), COOKIE))).toBe("token-wrong");
    expect(outcome(() => authenticator.check(from({ authorization: TOKEN }), COOKIE))).toBe("token-needed");
    expect(outcome(() => authenticator.check(from({}), COOKIE))).toBe("token-needed");
  });

  it("begins a session with a cookie that scripts and other sites cannot use", () => {
    const clock = new Clock();
    const authenticator = new Authenticator(TOKEN, clock);
    const cookie = authenticator.logIn(TOKEN, "127.0.0.1", COOKIE, false);
    expect(cookie).toMatch(
      /^shadowdiff_session_9900=44200000\.[0-9a-f]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(authenticator.logIn(TOKEN, "127.0.0.1", COOKIE, true)).toMatch(/; SameSite=Strict; Secure$/);
    const [pair = ""] = cookie.split(";");
    expect(outcome(() => authenticator.check(from({ cookie: `other=1; ${pair}` }), COOKIE))).toBe("pass");
    expect(outcome(() => authenticator.check(from({ cookie: pair }), "shadowdiff_session_9901"))).toBe("token-needed");
  });

  it("rejects a session that is expired, forged or of another process", () => {
    const clock = new Clock();
    const authenticator = new Authenticator(TOKEN, clock);
    const [pair = ""] = authenticator.logIn(TOKEN, "127.0.0.1", COOKIE, false).split(";");
    const check = (cookie: string): string => outcome(() => authenticator.check(from({ cookie }), COOKIE));
    expect(check(pair.replace("44200000", "94200000"))).toBe("token-needed");
    expect(check(`${COOKIE}=${TOKEN}`)).toBe("token-needed");
    expect(check(`${COOKIE}=`)).toBe("token-needed");
    expect(outcome(() => new Authenticator(TOKEN, clock).check(from({ cookie: pair }), COOKIE))).toBe("token-needed");
    clock.time = 44_200_000;
    expect(check(pair)).toBe("token-needed");
  });

  it("limits wrong log-ins to ten per minute and address, but accepts the right token", () => {
    const clock = new Clock();
    const authenticator = new Authenticator(TOKEN, clock);
    const logIn = (token: string, address: string): string =>
      outcome(() => authenticator.logIn(token, address, COOKIE, false));
    const attempts = Array.from({ length: 12 }, () => logIn("guess", "10.0.0.1"));
    expect(attempts).toEqual([
      ...Array.from({ length: 10 }, () => "token-wrong"),
      "too-many-failures",
      "too-many-failures",
    ]);
    expect(logIn(TOKEN, "10.0.0.1")).toBe("pass");
    expect(logIn("guess", "10.0.0.1")).toBe("too-many-failures");
    expect(logIn("guess", "10.0.0.2")).toBe("token-wrong");
    expect(outcome(() => authenticator.check(bearer("guess", "10.0.0.1"), COOKIE))).toBe("token-wrong");
    clock.time += 60_000;
    expect(logIn("guess", "10.0.0.1")).toBe("token-wrong");
  });

  it("limits wrong bearer tokens in the same way", () => {
    const authenticator = new Authenticator(TOKEN, new Clock());
    for (let attempt = 0; attempt < 10; attempt += 1) outcome(() => authenticator.check(bearer("guess"), COOKIE));
    expect(outcome(() => authenticator.check(bearer("guess"), COOKIE))).toBe("too-many-failures");
    expect(outcome(() => authenticator.check(bearer(TOKEN), COOKIE))).toBe("pass");
  });
});
