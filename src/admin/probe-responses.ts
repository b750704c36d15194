import type { IncomingMessage, ServerResponse } from "node:http";
import type { Status } from "../model/status.ts";
import type { AdminOptions } from "./admin-options.ts";
import { rejectCrossSiteRequest } from "./session/cross-site-guard.ts";

/** What readiness probes receive: clients are served, regardless of candidates and database. */
export function readinessOf({ ready, draining }: Pick<Status, "ready" | "draining">): "ok" | "starting" | "draining" {
  if (draining) return "draining";
  return ready ? "ok" : "starting";
}

/**
 * Responds to a liveness or readiness probe, so that a process whose dashboard is never opened does not load it. Any other request,
 * and a probe that is rejected, is left to the routes.
 * @returns whether it has responded
 */
export function respondToProbe(
  request: IncomingMessage,
  response: ServerResponse,
  { config, status }: Pick<AdminOptions, "config" | "status">,
): boolean {
  const { method, url } = request;
  if (method !== "GET" || (url !== "/livez" && url !== "/readyz")) return false;
  try {
    rejectCrossSiteRequest(request, config.admin);
  } catch {
    return false;
  }
  const state = url === "/livez" ? "ok" : readinessOf(status());
  const body = JSON.stringify({ status: state });
  response.writeHead(state === "ok" ? 200 : 503, {
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
  });
  response.end(body);
  return true;
}
