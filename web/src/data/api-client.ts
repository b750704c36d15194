/** An answer of the admin API that is not a success, or none at all (status 0). */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ApiError";
    this.status = status;
  }
}

export type Params = Readonly<Record<string, string | number | undefined>>;

/** The body of an error answer of the admin API. */
interface ErrorBody {
  readonly error?: { readonly message?: string; readonly remedy?: string };
}

/** The reason and the remedy in an error answer, or a sentence about its status when it has none. */
async function reasonOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  const { message, remedy = "" } = body?.error ?? {};
  if (message !== undefined) return `${message} ${remedy}`.trimEnd();
  return `The admin API answered ${response.status} ${response.statusText}`.trimEnd();
}

async function call(url: string, init: RequestInit, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers: { accept: "application/json", ...headers } });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "shadowdiff does not answer. Is it still running?", { cause });
  }
  if (!response.ok) throw new ApiError(response.status, await reasonOf(response));
  return response;
}

function urlOf(path: string, params: Params): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined) query.set(name, String(value));
  return `/api/v1/${path}${query.size === 0 ? "" : `?${query.toString()}`}`;
}

/**
 * Reads from the admin API.
 * @param path below `/api/v1/`, each segment already encoded
 * @throws {ApiError} when the answer is no success or none comes
 */
export async function getJson<T>(path: string, params: Params, signal: AbortSignal): Promise<T> {
  const response = await call(urlOf(path, params), { signal });
  return (await response.json()) as T;
}

/**
 * Changes something through the admin API.
 * @throws {ApiError} when the answer is no success or none comes
 */
export async function sendJson<T>(
  method: "PUT" | "POST" | "DELETE",
  path: string,
  change: object,
  params: Params = {},
): Promise<T> {
  const body = JSON.stringify(change);
  const response = await call(urlOf(path, params), { method, body }, { "content-type": "application/json" });
  return (await response.json()) as T;
}

/**
 * Trades the admin token for a session cookie, which scripts cannot read.
 * @throws {ApiError} 401 when the token is wrong
 */
export async function openSession(token: string): Promise<void> {
  const body = JSON.stringify({ token });
  await call("/api/v1/session", { method: "POST", body }, { "content-type": "application/json" });
}
