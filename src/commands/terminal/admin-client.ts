import type { ApiErrorCode } from "../../admin/api-error.ts";
import { CommandError } from "./command-io.ts";

/** A report takes the server a few queries. */
const TIMEOUT_MS = 30_000;

export interface AdminRequest {
  /** Relative to the admin address: `api/v1/report`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Default: SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** The JSON body of a POST; without it, the request is a GET. */
  readonly post?: object | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Sends a request to the admin listener of a running shadowdiff.
 * @param url admin address
 * @returns the JSON body of the response, null if it is not JSON, and the requested URL
 * @throws {CommandError} if there is no response, or an error status
 */
export async function requestAdmin(url: string, request: AdminRequest): Promise<{ body: unknown; target: URL }> {
  const { path, query = {}, post, timeoutMs = TIMEOUT_MS } = request;
  const target = urlBelow(url, path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value);
  const secret = request.token ?? process.env["SHADOWDIFF_ADMIN_TOKEN"] ?? "";
  const headers: Record<string, string> = {
    accept: "application/json",
    ...(secret !== "" && { authorization: `Bearer ${secret}` }),
    ...(post !== undefined && { "content-type": "application/json" }),
  };

  let response: Response;
  let body: unknown;
  try {
    response = await fetch(target, {
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(post !== undefined && { method: "POST", body: JSON.stringify(post) }),
    });
    body = parseJson(await response.text());
  } catch (error) {
    throw new CommandError(`cannot reach ${target.origin}: ${failureText(error, timeoutMs)}`, { cause: error });
  }
  if (response.status === 401) {
    const problem = secret === "" ? "requires a token" : "rejected the token";
    throw new CommandError(`${target.origin} ${problem}; set --token or SHADOWDIFF_ADMIN_TOKEN`);
  }
  if (!response.ok)
    throw new CommandError(`${target.origin} responded with ${response.status}: ${errorText(body, url)}`);
  return { body, target };
}

function urlBelow(url: string, path: string): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new CommandError("--url: not a URL (allowed: http://host:port or https://host:port)");
  }
  return new URL(`${base.origin}${base.pathname.replace(/\/?$/, `/${path}`)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `fetch` puts the reason into `cause`, which has no message if it tried several addresses. */
function failureText(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no response after ${timeoutMs / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  if (cause instanceof Error && cause.message !== "") return cause.message;
  return typeof code === "string" ? code : String(cause);
}

/** Remedies in terms of the command line, in place of those of the API. */
const REMEDIES: Partial<Record<ApiErrorCode, (url: string) => string>> = {
  "candidate-needed": () => "Choose one with --candidate.",
  "unknown-run": (url) => `List the runs with: shadowdiff run list --url ${url}`,
};

/** The message and remedy of an API error. */
function errorText(body: unknown, url: string): string {
  const error = (body as { error?: { code?: unknown; message?: unknown; remedy?: unknown } } | null)?.error;
  const remedy = REMEDIES[error?.code as ApiErrorCode]?.(url) ?? error?.remedy;
  const sentences = [error?.message, remedy].filter((part) => typeof part === "string");
  return sentences.join(" ") || "no reason given";
}
