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

const basic = (text: string): ClientCredentials =>
  from({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });

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
    const authenticator = new Authenticator({}, new Clock());
    expect(outcome(() => authenticator.check(from({}), COOKIE, "admin"))).toBe("pass");
  });

  it("accepts only the right bearer token", () => {
    const authenticator = new Authenticator({ token: TOKEN }, new Clock());
    expect(outcome(() => authenticator.check(bearer(TOKEN), COOKIE, "admin"))).toBe("pass");
    expect(outcome(() => authenticator.check(from({ authorization: `bearer  ${TOKEN} ` }), COOKIE, "admin"))).toBe(
      "pass",
    );
    expect(outcome(() => authenticator.check(bearer(`${TOKEN}x`), COOKIE, "admin"))).toBe("token-wrong");
    expect(outcome(() => authenticator.check(bearer(TOKEN.slice(0, -1)), COOKIE, "admin"))).toBe("token-wrong");
    expect(outcome(() => authenticator.check(from({ authorization: TOKEN }), COOKIE, "admin"))).toBe("token-needed");
    expect(outcome(() => authenticator.check(from({}), COOKIE, "admin"))).toBe("token-needed");
  });

  it("begins a session with a cookie that scripts and other sites cannot use", () => {
    const clock = new Clock();
    const authenticator = new Authenticator({ token: TOKEN }, clock);
    const cookie = authenticator.logIn(TOKEN, "127.0.0.1", COOKIE, false);
    expect(cookie).toMatch(
      /^shadowdiff_session_9900=44200000\.[0-9a-f]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(authenticator.logIn(TOKEN, "127.0.0.1", COOKIE, true)).toMatch(/; SameSite=Strict; Secure$/);
    const [pair = ""] = cookie.split(";");
    expect(outcome(() => authenticator.check(from({ cookie: `other=1; ${pair}` }), COOKIE, "admin"))).toBe("pass");
    expect(outcome(() => authenticator.check(from({ cookie: pair }), "shadowdiff_session_9901", "admin"))).toBe(
      "token-needed",
    );
  });

  it("rejects a session that is expired, forged or of another process", () => {
    const clock = new Clock();
    const authenticator = new Authenticator({ token: TOKEN }, clock);
    const [pair = ""] = authenticator.logIn(TOKEN, "127.0.0.1", COOKIE, false).split(";");
    const check = (cookie: string): string => outcome(() => authenticator.check(from({ cookie }), COOKIE, "admin"));
    expect(check(pair.replace("44200000", "94200000"))).toBe("token-needed");
    expect(check(`${COOKIE}=${TOKEN}`)).toBe("token-needed");
    expect(check(`${COOKIE}=`)).toBe("token-needed");
    expect(
      outcome(() => new Authenticator({ token: TOKEN }, clock).check(from({ cookie: pair }), COOKIE, "admin")),
    ).toBe("token-needed");
    clock.time = 44_200_000;
    expect(check(pair)).toBe("token-needed");
  });

  it("limits wrong log-ins to ten per minute and address, but accepts the right token", () => {
    const clock = new Clock();
    const authenticator = new Authenticator({ token: TOKEN }, clock);
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
    expect(outcome(() => authenticator.check(bearer("guess", "10.0.0.1"), COOKIE, "admin"))).toBe("token-wrong");
    clock.time += 60_000;
    expect(logIn("guess", "10.0.0.1")).toBe("token-wrong");
  });

  it("accepts the rollout token, also as a password, in its scope only, and does not count it as a wrong one", () => {
    const authenticator = new Authenticator({ token: TOKEN, rolloutToken: "for-rollouts" }, new Clock());
    const check = (credentials: ClientCredentials, scope: "admin" | "rollout"): string =>
      outcome(() => authenticator.check(credentials, COOKIE, scope));
    for (let attempt = 0; attempt < 12; attempt += 1) {
      expect(check(bearer("for-rollouts"), "rollout")).toBe("pass");
      expect(check(basic("flagger:for-rollouts"), "rollout")).toBe("pass");
      expect(check(bearer("for-rollouts"), "admin")).toBe("token-limited");
      expect(check(basic("flagger:for-rollouts"), "admin")).toBe("token-limited");
    }
    expect(check(bearer(TOKEN), "rollout")).toBe("pass");
    expect(check(basic("for-rollouts"), "rollout")).toBe("token-needed");
    expect(check(basic("for-rollouts:"), "rollout")).toBe("token-wrong");
    expect(outcome(() => authenticator.logIn("for-rollouts", "127.0.0.1", COOKIE, false))).toBe("token-wrong");
  });

  it("limits wrong bearer tokens in the same way", () => {
    const authenticator = new Authenticator({ token: TOKEN }, new Clock());
    for (let attempt = 0; attempt < 10; attempt += 1)
      outcome(() => authenticator.check(bearer("guess"), COOKIE, "admin"));
    expect(outcome(() => authenticator.check(bearer("guess"), COOKIE, "admin"))).toBe("too-many-failures");
    expect(outcome(() => authenticator.check(bearer(TOKEN), COOKIE, "admin"))).toBe("pass");
  });
});
