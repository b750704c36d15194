import { origin } from "../../config/values/addresses.ts";
import type { ApiError, ApiErrorCode } from "../../admin/api-error.ts";
import { ApiClient, ApiFailure, type ApiRequest, type ApiResponse } from "../../http/api-client.ts";
import { CommandError, NotStoredError } from "./command-io.ts";

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
  /** Default: POST with a body, and GET without one. */
  readonly method?: "DELETE" | undefined;
  readonly timeoutMs?: number | undefined;
}

/** A command sends one request at a time. */
const client = new ApiClient(1);
const REMEDY = "--url must be the admin address of a running shadowdiff";

/**
 * Sends a request to the admin listener of a running shadowdiff.
 * @param url admin address
 * @returns the JSON object of the response, and the requested URL
 * @throws {CommandError} if there is no response, an error status, or another server
 */
export async function requestAdmin(url: string, request: AdminRequest): Promise<{ body: object; target: URL }> {
  const { path, query = {}, post, timeoutMs = TIMEOUT_MS } = request;
  const target = urlBelow(url, path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value);
  const secret = request.token ?? process.env["SHADOWDIFF_ADMIN_TOKEN"] ?? "";
  const headers = {
    accept: "application/json",
    ...(secret !== "" && { authorization: `Bearer ${secret}` }),
    ...(post !== undefined && { "content-type": "application/json" }),
  };
  const method = request.method ?? (post === undefined ? "GET" : "POST");
  const response = await send(target, { method, headers, body: post && JSON.stringify(post), timeoutMs });
  const { status, location } = response;
  const body = parseObject(response.text);
  if (status === 401) {
    const problem = secret === "" ? "requires a token" : "rejected the token";
    throw new CommandError(`${target.origin} ${problem}; set --token or SHADOWDIFF_ADMIN_TOKEN`);
  }
  if (location !== "") throw new CommandError(`${target.href} redirects to ${location}; ${REMEDY}`);
  const isOk = status >= 200 && status < 300;
  if (body === null || !(isOk || isApiError(body))) throw notShadowdiff(target, status);
  if (isApiError(body)) {
    const Failure = body.error.code === "store-unavailable" ? NotStoredError : CommandError;
    throw new Failure(`${target.origin} responded with ${status}: ${errorText(body, url)}`);
  }
  return { body, target };
}

/** The response does not come from the API of shadowdiff. */
export function notShadowdiff(target: URL, status = 200): CommandError {
  const responded = status === 200 ? "" : ` (it responded with ${status})`;
  return new CommandError(`${target.href} is not the API of shadowdiff${responded}; ${REMEDY}`);
}

async function send(target: URL, request: ApiRequest): Promise<ApiResponse> {
  try {
    return await client.send(target, request);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    throw new CommandError(`cannot reach ${target.origin}: ${error.message}; ${REMEDY}`, { cause: error });
  }
}

function urlBelow(url: string, path: string): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    const parsed = origin.parse(url);
    throw new CommandError(`--url: ${"problem" in parsed ? parsed.problem : "not a URL"} (allowed: ${origin.allowed})`);
  }
  return new URL(`${base.origin}${base.pathname.replace(/\/?$/, `/${path}`)}`);
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function listRuns(url: string): string {
  return `List the runs with: shadowdiff run list --url ${url}`;
}

/** Remedies in terms of the command line, in place of those of the API. */
const REMEDIES: Partial<Record<ApiErrorCode, (url: string) => string>> = {
  "candidate-needed": () => "Choose one with --candidate.",
  "unknown-run": listRuns,
  "unusable-baseline": listRuns,
  "isolation-running": () => "Wait for its end, or stop it on the dashboard, on the page of the cause.",
  "masked-request": () =>
    'Set them with --secret "place=VARIABLE", leave them out with --leave-out-masked, or let isolate --arm take the next live request.',
};

type ErrorBody = { readonly error: Pick<ApiError, "code" | "message" | "remedy"> };

function isApiError(body: object): body is ErrorBody {
  return "error" in body && typeof body.error === "object" && body.error !== null && "code" in body.error;
}

/** The message and remedy of an API error. */
function errorText({ error: { code, message, remedy } }: ErrorBody, url: string): string {
  return `${message} ${REMEDIES[code]?.(url) ?? remedy}`;
}
