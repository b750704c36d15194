import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { AdminConfig } from "../../model/config.ts";
import { ApiError } from "../api-error.ts";
import { WrongTokenLimiter } from "./wrong-token-limiter.ts";

/** A working day, after which the dashboard asks for the token again. */
const SESSION_MS = 12 * 60 * 60 * 1000;
const KEY_BYTES = 32;

/** `rollout`: the gate, the runs and marks, for which the rollout token is valid too. */
export type Scope = "admin" | "rollout";

/** The parts of a request that carry credentials. */
export type ClientCredentials = Pick<IncomingMessage, "headers"> & { readonly address: string };

/**
 * Authenticates API requests by bearer token or by the session cookie that a browser received for the token. The rollout token
 * is also accepted as a password (RFC 7617), because Flagger can send credentials only in a URL.
 */
export class Authenticator {
  readonly #token: string | undefined;
  readonly #rolloutToken: string | undefined;
  readonly #wallNow: () => number;
  readonly #limiter: WrongTokenLimiter;
  /** Generated at start and never stored, so that sessions end with the process. */
  readonly #sessionKey = randomBytes(KEY_BYTES);

  /** @param clock `wall` in Unix milliseconds for sessions, `monotonic` in milliseconds for the limit on wrong tokens */
  constructor(
    { token, rolloutToken }: Partial<Pick<AdminConfig, "token" | "rolloutToken">>,
    clock: { readonly wall: () => number; readonly monotonic: () => number },
  ) {
    this.#token = token;
    this.#rolloutToken = rolloutToken;
    this.#wallNow = clock.wall;
    this.#limiter = new WrongTokenLimiter(clock.monotonic);
  }

  /**
   * Checks the credentials of a request. Without a configured token every request passes.
   * @param cookieName see `sessionCookieName`
   * @throws ApiError 401 for a missing or wrong token, 403 for the rollout token outside its scope, 429 after too many wrong
   * tokens; never for the right token
   */
  check(request: ClientCredentials, cookieName: string, scope: Scope): void {
    if (this.#token === undefined) return;
    const { authorization, cookie } = request.headers;
    const bearer = tokenOf(authorization ?? "");
    // Counted separately from log-ins, so that a scraper with an old token does not use up a person's attempts.
    if (bearer !== undefined) {
      if (!this.#isRolloutToken(bearer)) return this.#verify(bearer, `bearer ${request.address}`);
      if (scope === "rollout") return;
      throw new ApiError(
        "token-limited",
        "The rollout token is valid only for the gate, for beginning and ending runs, and for marks.",
        "Send the admin token.",
      );
    }
    const session = cookieValue(cookie ?? "", cookieName);
    if (session !== undefined && this.#isSession(session)) return;
    throw new ApiError(
      "token-needed",
      "This listener requires a token.",
      "Send Authorization: Bearer <token>, or log in through the dashboard.",
    );
  }

  /**
   * Begins a session.
   * @param secure whether the browser uses https; restricts the cookie to https
   * @returns the value of Set-Cookie (RFC 6265)
   * @throws ApiError 401 for a wrong token, 429 after too many wrong tokens; never for the right token
   */
  logIn(token: string, address: string, cookieName: string, secure: boolean): string {
    this.#verify(token, `login ${address}`);
    const expires = String(this.#wallNow() + SESSION_MS);
    const value = `${expires}.${this.#sign(expires)}`;
    const attributes = `Path=/; Max-Age=${SESSION_MS / 1000}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
    return `${cookieName}=${value}; ${attributes}`;
  }

  #verify(token: string, address: string): void {
    // The right token always passes, so that wrong ones from the same address cannot lock its owner out.
    if (this.#token === undefined || this.#isAdminToken(token)) return;
    const waitMs = this.#limiter.waitMs(address);
    if (waitMs > 0) {
      const remedy = `Use the token from admin.tokenFile or SHADOWDIFF_ADMIN_TOKEN. Wrong tokens are rejected without a check for ${Math.ceil(waitMs / 1000)} s.`;
      throw new ApiError("too-many-failures", "This address has sent too many wrong tokens.", remedy);
    }
    this.#limiter.recordFailure(address);
    throw new ApiError(
      "token-wrong",
      "The token is wrong.",
      "Use the token from admin.tokenFile or SHADOWDIFF_ADMIN_TOKEN of the running shadowdiff.",
    );
  }

  #isRolloutToken(token: string): boolean {
    return this.#rolloutToken !== undefined && isEqual(token, this.#rolloutToken) && !this.#isAdminToken(token);
  }

  #isAdminToken(token: string): boolean {
    return this.#token !== undefined && isEqual(token, this.#token);
  }

  #isSession(value: string): boolean {
    const [expires = "", signature = ""] = value.split(".");
    return isEqual(signature, this.#sign(expires)) && Number(expires) > this.#wallNow();
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#sessionKey).update(text).digest("hex");
  }
}

/** The bearer token or the password of the header Authorization. */
function tokenOf(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S+) *$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme === "") return undefined;
  const credentials = Buffer.from(value, "base64").toString();
  const colon = credentials.indexOf(":");
  return colon === -1 ? undefined : credentials.slice(colon + 1);
}

/** Cookies are not isolated by port (RFC 6265 §8.5), so the name contains the port. */
export function sessionCookieName(port: number): string {
  return `shadowdiff_session_${port}`;
}

/** Compares in constant time; hashing gives both sides the same length. */
function isEqual(left: string, right: string): boolean {
  return timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());
}

function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name) return value;
  }
  return undefined;
}
