import type { ApiErrorCode } from "../../admin/api-error.ts";
import { CommandError } from "./report-error.ts";

/** A report costs the server a few queries. */
const TIMEOUT_MS = 30_000;

export interface AdminQuestion {
  /** Below the address, `api/v1/report`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** By default SHADOWDIFF_ADMIN_TOKEN. */
  readonly token?: string | undefined;
  /** Makes it a change. */
  readonly post?: object | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Asks the admin listener of a running shadowdiff.
 * @param url its address
 * @returns the JSON of the answer, and the address that was asked
 * @throws {CommandError} when it cannot be asked or refuses
 */
export async function requestAdmin(url: string, question: AdminQuestion): Promise<{ answer: unknown; target: URL }> {
  const { path, query = {}, post, timeoutMs = TIMEOUT_MS } = question;
  const target = urlBelow(url, path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value);
  const secret = question.token ?? process.env["SHADOWDIFF_ADMIN_TOKEN"] ?? "";
  const headers: Record<string, string> = {
    accept: "application/json",
    ...(secret !== "" && { authorization: `Bearer ${secret}` }),
    ...(post !== undefined && { "content-type": "application/json" }),
  };

  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(target, {
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(post !== undefined && { method: "POST", body: JSON.stringify(post) }),
    });
    answer = parsed(await response.text());
  } catch (error) {
    throw new CommandError(`${target.origin} cannot be reached: ${failureText(error, timeoutMs)}`, { cause: error });
  }
  if (response.status === 401) {
    const remedy = "name the admin token with --token or SHADOWDIFF_ADMIN_TOKEN";
    throw new CommandError(`${target.origin} ${secret === "" ? "asks for a token" : "refuses this token"}: ${remedy}`);
  }
  if (!response.ok) throw new CommandError(`${target.origin} answered ${response.status}: ${refusalText(answer, url)}`);
  return { answer, target };
}

function urlBelow(url: string, path: string): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new CommandError("--url: not an address (allowed: http://host:port or https://host:port)");
  }
  return new URL(`${base.origin}${base.pathname.replace(/\/?$/, `/${path}`)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Why no answer came: fetch hides the reason in `cause`, several addresses in `errors`. */
function failureText(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  if (cause instanceof Error && cause.message !== "") return cause.message;
  return typeof code === "string" ? code : String(cause);
}

/** What the server tells in words of its API, in words of the command line. */
const REMEDIES: Partial<Record<ApiErrorCode, (url: string) => string>> = {
  "candidate-needed": () => "Name one with --candidate.",
  "unknown-run": (url) => `shadowdiff run list --url ${url} lists the runs.`,
};

/** What the server says is wrong, and what to do. */
function refusalText(body: unknown, url: string): string {
  const error = (body as { error?: { code?: unknown; message?: unknown; remedy?: unknown } } | null)?.error;
  const remedy = REMEDIES[error?.code as ApiErrorCode]?.(url) ?? error?.remedy;
  const sentences = [error?.message, remedy].filter((part) => typeof part === "string");
  return sentences.join(" ") || "no reason given";
}
