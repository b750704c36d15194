import type { Agent } from "undici";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Milliseconds until the complete response has arrived. */
  readonly timeoutMs: number;
}

export interface ApiResponse {
  readonly status: number;
  /** Empty unless the response redirects. Redirects are not followed: they could lead credentials to another server. */
  readonly location: string;
  readonly text: string;
}

/** There is no response. The message says why in a clause, such as `connection refused`. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
}

/**
 * Sends the requests that shadowdiff makes on its own behalf rather than a client's, over connections that are kept open. An
 * idle connection does not keep the process alive.
 */
export class ApiClient {
  readonly #connections: number;
  #agent: Promise<Agent> | undefined;

  /** @param connections at most this many to each origin; each carries one request at a time */
  constructor(connections: number) {
    this.#connections = connections;
  }

  /**
   * A GET is repeated once when the connection was closed, because an idle one may have been.
   * @throws {ApiFailure} when there is no complete response in time
   */
  async send(url: URL, request: ApiRequest): Promise<ApiResponse> {
    const signal = AbortSignal.timeout(request.timeoutMs);
    try {
      return await this.#request(url, request, signal).catch((error: unknown) => {
        if (request.method !== "GET" || !CLOSED.has(codeOf(error))) throw error;
        return this.#request(url, request, signal);
      });
    } catch (error) {
      throw new ApiFailure(reasonOf(error, url, request.timeoutMs), { cause: error });
    }
  }

  async #request(
    { origin, pathname, search }: URL,
    { method, headers = {}, body = "" }: ApiRequest,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const agent = await (this.#agent ??= createAgent(this.#connections));
    const response = await agent.request({
      origin,
      path: `${pathname}${search}`,
      method,
      headers,
      body: body === "" ? null : body,
      signal,
    });
    const { location = "" } = response.headers;
    return { status: response.statusCode, location: String(location), text: await response.body.text() };
  }

  /** Closes the connections once their requests have ended. */
  async close(): Promise<void> {
    const agent = await this.#agent;
    await agent?.close();
  }
}

/** Loads undici on demand, because `serve` sends no such request unless it has webhooks. */
async function createAgent(connections: number): Promise<Agent> {
  const { Agent } = await import("undici");
  return new Agent({ connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } });
}

/** Codes of system and undici errors. */
const CLOSED: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not speak TLS",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "the connection timed out",
};

function reasonOf(error: unknown, { hostname }: URL, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no response after ${timeoutMs / 1000} s`;
  if (error.name === "HTTPParserError") return "the response is not HTTP";
  const code = codeOf(error);
  if (CLOSED.has(code)) return "the connection was closed before the response";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `the name ${hostname} does not resolve`;
  // Without a message when several addresses of a name were tried.
  return REASONS[code] ?? (error.message === "" ? code : error.message.trimEnd());
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
