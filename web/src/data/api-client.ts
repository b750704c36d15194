/** A response of the admin API that is not 2xx, or a failed request (status 0). */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ApiError";
    this.status = status;
  }
}

/** A list is sent as a repeated parameter. */
export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

const NOT_MODIFIED = 304;

/** The body of an error response. */
interface ErrorBody {
  readonly error?: { readonly message?: string; readonly remedy?: string };
}

/** The message and remedy from the body of an error response; without them, its status. */
async function errorMessage(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  const { message, remedy = "" } = body?.error ?? {};
  if (message !== undefined) return `${message} ${remedy}`.trimEnd();
  return `The admin API responded with ${response.status} ${response.statusText}`.trimEnd();
}

async function request(
  url: string,
  init: RequestInit,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers: { accept: "application/json", ...headers } });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "Cannot reach shadowdiff. Is it still running?", { cause });
  }
  if (!response.ok && response.status !== NOT_MODIFIED)
    throw new ApiError(response.status, await errorMessage(response));
  return response;
}

function apiUrl(path: string, params: Params): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const each of typeof value === "object" ? value : [value]) query.append(name, String(each));
  }
  return `/api/v1/${path}${query.size === 0 ? "" : `?${query.toString()}`}`;
}

/** The entity tags of responses that are still in use. Browsers do not store responses, because they hold captured content. */
const entityTags = new WeakMap<object, string>();

/** Gives the data that a screen keeps the entity tag of the response that it was made of. */
export function copyEntityTag(from: unknown, to: unknown): void {
  const tag = from instanceof Object ? entityTags.get(from) : undefined;
  if (tag !== undefined && to instanceof Object) entityTags.set(to, tag);
}

/**
 * Sends a GET request to the admin API.
 * @param path relative to `/api/v1/`, each segment percent-encoded
 * @param known the data of an earlier response to the same request, which is returned if nothing has changed since
 * @throws {ApiError} when the response is not 2xx or the request fails
 */
export async function getJson<T>(path: string, params: Params, signal: AbortSignal, known?: T): Promise<T> {
  const knownTag = known instanceof Object ? entityTags.get(known) : undefined;
  const response = await request(
    apiUrl(path, params),
    { signal, cache: "no-store" },
    knownTag === undefined ? {} : { "if-none-match": knownTag },
  );
  if (response.status === NOT_MODIFIED && known !== undefined) return known;
  const data = (await response.json()) as T;
  const tag = response.headers.get("etag");
  if (tag !== null && data instanceof Object) entityTags.set(data, tag);
  return data;
}

let isResponding = true;

/** Whether the process is known to respond. While it does not, changes are refused: it would make them later, unseen. */
export function setResponding(value: boolean): void {
  isResponding = value;
}

/**
 * Asks why an event stream could not be opened, because an EventSource does not tell.
 * @returns null if it can be opened now
 */
export async function streamProblem(url: string): Promise<Error | null> {
  const attempt = new AbortController();
  try {
    await request(url, { signal: attempt.signal }, { accept: "text/event-stream" });
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  } finally {
    attempt.abort();
  }
}

/**
 * Sends a change to the admin API.
 * @param path relative to `/api/v1/`, each segment percent-encoded
 * @throws {ApiError} when the response is not 2xx or the request fails
 */
export async function sendJson<T>(
  method: "PUT" | "POST" | "DELETE",
  path: string,
  change: object,
  params: Params = {},
): Promise<T> {
  if (!isResponding)
    throw new ApiError(0, "shadowdiff does not respond. Nothing was changed; try again when this page is live.");
  const body = JSON.stringify(change);
  const response = await request(apiUrl(path, params), { method, body }, { "content-type": "application/json" });
  return (await response.json()) as T;
}

/**
 * Exchanges the admin token for a session cookie that scripts cannot read.
 * @throws {ApiError} 401 when the token is wrong
 */
export async function openSession(token: string): Promise<void> {
  const body = JSON.stringify({ token });
  await request("/api/v1/session", { method: "POST", body }, { "content-type": "application/json" });
}
