import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { ApiError } from "../api-error.ts";
import { FailureLimiter } from "./failure-limiter.ts";

/** A working day; then the dashboard asks again. */
const SESSION_MS = 12 * 60 * 60 * 1000;
const KEY_BYTES = 32;

/** What access needs to know of a request. */
export type AccessRequest = Pick<IncomingMessage, "headers"> & { readonly address: string };

/** Decides who may use the API: the bearer of the token, or a browser whose session began with it. */
export class Access {
  readonly #token: string | undefined;
  readonly #wallNow: () => number;
  readonly #limiter: FailureLimiter;
  /** New at each start and never stored: a session ends with the process at the latest. */
  readonly #sessionKey = randomBytes(KEY_BYTES);

  /** @param clock.wall Unix milliseconds; clock.monotonic for the limit on wrong tokens */
  constructor(token: string | undefined, clock: { readonly wall: () => number; readonly monotonic: () => number }) {
    this.#token = token;
    this.#wallNow = clock.wall;
    this.#limiter = new FailureLimiter(clock.monotonic);
  }

  /**
   * Returns when the request may pass: always, when no token is set.
   * @param cookieName see `sessionCookieName`
   * @throws ApiError 401 for a wrong token, or 429 after too many of them from one address; never for the right one
   */
  check(request: AccessRequest, cookieName: string): void {
    if (this.#token === undefined) return;
    const { authorization, cookie } = request.headers;
    const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    // Apart from the log-in, so that a scraper with a stale token does not use up a person's attempts.
    if (bearer !== undefined) return this.#verify(bearer, `bearer ${request.address}`);
    const session = cookieValue(cookie ?? "", cookieName);
    if (session !== undefined && this.#isSession(session)) return;
    throw new ApiError(
      "token-needed",
      "This listener is protected by a token.",
      "Send Authorization: Bearer <token>, or log in through the dashboard.",
    );
  }

  /**
   * Begins a session.
   * @param secure the browser came by https, so the cookie must not travel otherwise
   * @returns the value of Set-Cookie (RFC 6265)
   * @throws ApiError 401 for a wrong token, or 429 after too many of them from one address; never for the right one
   */
  logIn(token: string, address: string, cookieName: string, secure: boolean): string {
    this.#verify(token, `login ${address}`);
    const expires = String(this.#wallNow() + SESSION_MS);
    const value = `${expires}.${this.#sign(expires)}`;
    const attributes = `Path=/; Max-Age=${SESSION_MS / 1000}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
    return `${cookieName}=${value}; ${attributes}`;
  }

  #verify(token: string, address: string): void {
    // The right token first: whoever sends wrong ones from the same address must not lock its owner out.
    if (this.#token === undefined || isSame(token, this.#token)) return;
    const waitMs = this.#limiter.waitMs(address);
    if (waitMs > 0) {
      const remedy = `Use the token from admin.tokenFile or SHADOWDIFF_ADMIN_TOKEN; another wrong one is looked at in ${Math.ceil(waitMs / 1000)} s.`;
      throw new ApiError("too-many-failures", "Too many wrong tokens came from this address.", remedy);
    }
    this.#limiter.fail(address);
    throw new ApiError(
      "token-wrong",
      "The token is wrong.",
      "Use the token from admin.tokenFile or SHADOWDIFF_ADMIN_TOKEN that shadowdiff was started with.",
    );
  }

  #isSession(value: string): boolean {
    const [expires = "", signature = ""] = value.split(".");
    return isSame(signature, this.#sign(expires)) && Number(expires) > this.#wallNow();
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#sessionKey).update(text).digest("hex");
  }
}

/** Cookies do not tell ports apart (RFC 6265 §8.5): two listeners on one machine must not take each other's session. */
export function sessionCookieName(port: number): string {
  return `shadowdiff_session_${port}`;
}

/** In a time that depends on neither value; the hashes make both sides equally long. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());
}

function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name) return value;
  }
  return undefined;
}
