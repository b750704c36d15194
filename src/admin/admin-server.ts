import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { TailDelivery } from "../compare/tail/tail-publisher.ts";
import { listenerUrl } from "../http/listener-url.ts";
import { createServer } from "../http/node-http.ts";
import type { BuiltReports } from "../model/views/brief-report.ts";
import type { Application } from "./admin-app.ts";
import type { AdminOptions } from "./admin-options.ts";
import { ApiError } from "./api-error.ts";
import { adminBindProblem } from "./host-check.ts";
import type { AdminEvent } from "./live/event-hub.ts";
import { rejectMalformedRequest } from "./malformed-request.ts";
import { respondToProbe } from "./probe-responses.ts";
import { setSecurityHeaders } from "./session/security-headers.ts";

/** Time to receive a complete request. Bodies are tiny, so this stops slow senders (slowloris). */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 1000;
/** Time for the responses in progress when the listener closes. */
const CLOSE_GRACE_MS = 2000;

export interface Admin {
  readonly url: string;
  readonly port: number;
  /** Notifies open dashboards that reports, the status, rules or reviews have changed. */
  notify(event: AdminEvent): void;
  /** Sends exchanges to the open tails. */
  publishTail(deliveries: readonly TailDelivery[]): void;
  /** The reports of all candidates of the current run for the metrics, at most seconds old; null if the store cannot be read. */
  recentReports(): Promise<BuiltReports | null>;
  /** Resolves when the isolations that run have been stopped and stored. */
  stopIsolations(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the admin listener: dashboard, probes, metrics and API. All but the probes is loaded when it is first needed.
 * @throws if the address is not safe (see `adminBindProblem`) or cannot be bound
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { config, logger } = options;
  const problem = adminBindProblem(config.admin);
  if (problem !== undefined) throw new Error(`admin.listen: ${problem}`);
  const { host } = config.admin.listen;
  let { port } = config.admin.listen;
  let loading: Promise<Application | null> | undefined;
  let application: Application | null = null;
  const load = (): Promise<Application | null> => (loading ??= loadOnce());
  const loadOnce = async (): Promise<Application | null> => {
    try {
      const { createApplication } = await import("./admin-app.ts");
      application = await createApplication(options, () => port);
    } catch (error) {
      logger.error({ err: error }, "the dashboard and the API cannot be loaded");
      // The next request tries again: perhaps there were no descriptors left to open files.
      loading = undefined;
    }
    return application;
  };
  const serveLoaded = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const loaded = await load();
    if (loaded === null) rejectUnloaded(response);
    else loaded.serve(request, response);
  };

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    setSecurityHeaders(response);
    if (respondToProbe(request, response, options)) return;
    if (application === null) void serveLoaded(request, response);
    else application.serve(request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("clientError", rejectMalformedRequest);
  port = await listen(server, host, port);

  return {
    url: listenerUrl({ host, port }),
    port,
    // While it is not loaded, no dashboard is open and nothing is cached.
    notify: (event) => application?.notify(event),
    publishTail: (deliveries) => application?.publishTail(deliveries),
    recentReports: async () => (await load())?.recentReports() ?? null,
    stopIsolations: async () => application?.stopIsolations(),
    async close() {
      const force = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await (await loading)?.close(closed);
      await closed;
      clearTimeout(force);
    },
  };
}

/** @returns the port that the system chose for 0 */
async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the admin listener has no port");
  return address.port;
}

function rejectUnloaded(response: ServerResponse): void {
  const error = new ApiError("internal", "The dashboard and the API cannot be loaded.", "See the log of shadowdiff.");
  response.writeHead(error.status, { "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(error));
}
