import type { Report } from "../model/report.ts";
import { ReportError } from "./report-error.ts";

/** A report costs the server a few queries. */
const TIMEOUT_MS = 30_000;

interface Question {
  readonly token?: string | undefined;
  readonly run?: string | undefined;
  readonly candidate?: string | undefined;
}

/**
 * Asks a running shadowdiff for its report.
 * @param url address of its admin listener
 * @throws {ReportError} when it cannot be asked or has no such report
 */
export async function fetchReport(url: string, { token, run, candidate }: Question): Promise<Report> {
  const target = reportUrl(url);
  if (run !== undefined) target.searchParams.set("run", run);
  if (candidate !== undefined) target.searchParams.set("candidate", candidate);
  const secret = token ?? process.env["SHADOWDIFF_ADMIN_TOKEN"] ?? "";
  const authorization: Record<string, string> = secret === "" ? {} : { authorization: `Bearer ${secret}` };

  let response: Response;
  let body: unknown;
  try {
    response = await fetch(target, {
      headers: { accept: "application/json", ...authorization },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = parsed(await response.text());
  } catch (error) {
    throw new ReportError(`${target.origin} cannot be reached: ${failureText(error)}`, { cause: error });
  }
  if (response.status === 401) {
    const remedy = "name the admin token with --token or SHADOWDIFF_ADMIN_TOKEN";
    throw new ReportError(`${target.origin} ${secret === "" ? "asks for a token" : "refuses this token"}: ${remedy}`);
  }
  if (!response.ok) throw new ReportError(`${target.origin} answered ${response.status}: ${refusalText(body)}`);
  if (!isReport(body))
    throw new ReportError(`${target.href} is not a report: --url must be the admin address of shadowdiff`);
  return body;
}

function reportUrl(url: string): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new ReportError("--url: not an address (allowed: http://host:port or https://host:port)");
  }
  return new URL(`${base.origin}${base.pathname.replace(/\/?$/, "/api/v1/report")}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Why no answer came: fetch hides the reason in `cause`, several addresses in `errors`. */
function failureText(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  if (cause instanceof Error && cause.message !== "") return cause.message;
  return typeof code === "string" ? code : String(cause);
}

/** What the server says is wrong, and what to do. */
function refusalText(body: unknown): string {
  const error = (body as { error?: { message?: unknown; remedy?: unknown } } | null)?.error;
  const sentences = [error?.message, error?.remedy].filter((part) => typeof part === "string");
  return sentences.join(" ") || "no reason given";
}

function isReport(body: unknown): body is Report {
  return typeof body === "object" && body !== null && "verdict" in body && "accounting" in body && "endpoints" in body;
}
