import type { Server } from "node:http";
import { fastifySwagger } from "@fastify/swagger";
import { fastify, type FastifyReply, type FastifyRequest } from "fastify";
import { validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { createServer } from "../http/node-http.ts";
import { listenerUrl } from "../http/listener-url.ts";
import type { LatencyView } from "../model/latency.ts";
import { Access, sessionCookieName } from "./session/access.ts";
import { toApiError } from "./api-error.ts";
import { adminBindProblem } from "./admin-bind-check.ts";
import type { AdminApp, AdminOptions } from "./admin-context.ts";
import { Edits } from "./store-edits.ts";
import { EventHub, type AdminEvent } from "./live/event-hub.ts";
import { openapiOptions } from "./openapi.ts";
import { ReportCache } from "./live/report-cache.ts";
import { Reports } from "./live/reports.ts";
import { guardRequest } from "./session/request-guard.ts";
import { comparisonRoutes } from "./routes/comparison-routes.ts";
import { controlRoutes } from "./routes/control-routes.ts";
import { dashboardRoutes } from "./routes/dashboard-routes.ts";
import { eventRoutes } from "./routes/event-routes.ts";
import { healthRoutes, probeRoutes } from "./routes/health-routes.ts";
import { metricsRoutes } from "./routes/metrics-routes.ts";
import { openapiRoutes } from "./routes/openapi-routes.ts";
import { previewRoutes } from "./routes/preview-routes.ts";
import { reportRoutes } from "./routes/report-routes.ts";
import { reviewRoutes } from "./routes/review-routes.ts";
import { ruleRoutes } from "./routes/rule-routes.ts";
import { runRoutes } from "./routes/run-routes.ts";
import { sampleRoutes } from "./routes/sample-routes.ts";
import { sessionRoutes } from "./routes/session-routes.ts";
import { statusRoutes } from "./routes/status-routes.ts";
import { setSecurityHeaders } from "./session/security-headers.ts";
import { StoreReading } from "./live/store-reading.ts";

/** A token, a few settings, a rule or a review are all that is ever sent to this listener. */
const MAX_BODY_BYTES = 16_384;
const MAX_PARAMETER_LENGTH = 2000;
/** Of a whole request: bodies are tiny, so this ends slow senders (slowloris). */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 1000;
/** How long answers under way may take once the listener closes. */
const CLOSE_GRACE_MS = 2000;

export interface Admin {
  readonly url: string;
  readonly port: number;
  /** Tells open dashboards: reports may have changed, or the status, rules or reviews have. */
  notify(event: AdminEvent): void;
  close(): Promise<void>;
}

/**
 * Opens the admin listener: dashboard, probes, metrics and API.
 * @throws when the address is not safe (see `adminBindProblem`) or cannot be bound
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const problem = adminBindProblem(options.config.admin);
  if (problem !== undefined) throw new Error(`admin.listen: ${problem}`);
  const { admin } = options.config;
  const clock = { wall: Date.now, monotonic: () => performance.now() };
  const access = new Access(admin.token, clock);
  const store = new StoreReading(options.readStore);
  const caches = { reports: new Reports(clock), latencies: new ReportCache<LatencyView>(clock.monotonic) };
  const hub = createHub(options);
  const notify = (event: AdminEvent): void => {
    caches.reports.clear();
    caches.latencies.clear();
    if (event === "status") store.close();
    hub.notify(event);
  };
  const edits = new Edits({ edit: (edit) => options.edit(edit), changed: () => notify("rules") });
  const app = createApp(options);
  let port = admin.listen.port;

  await app.register(fastifySwagger, openapiOptions());
  probeRoutes(app, options);
  sessionRoutes(app, access, () => port);
  await dashboardRoutes(app, options.webRoot);
  await app.register((guarded: AdminApp, _options, done) => {
    guarded.addHook("onRequest", (request, _reply, next) => {
      access.check({ headers: request.headers, address: request.ip }, sessionCookieName(port));
      next();
    });
    healthRoutes(guarded, options);
    metricsRoutes(guarded, options);
    openapiRoutes(guarded);
    statusRoutes(guarded, options);
    runRoutes(guarded, options, store);
    ruleRoutes(guarded, options, store, edits);
    previewRoutes(guarded, options, store, caches.reports);
    comparisonRoutes(guarded, options, store, caches.reports);
    reviewRoutes(guarded, options, store, edits, caches.reports);
    reportRoutes(guarded, options, store, caches);
    sampleRoutes(guarded, options, store);
    controlRoutes(guarded, options);
    eventRoutes(guarded, hub);
    done();
  });

  await app.listen({ host: admin.listen.host, port });
  port = boundPort(app.server);
  return {
    url: listenerUrl({ host: admin.listen.host, port }),
    port,
    notify,
    async close() {
      hub.close();
      const force = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
      await app.close();
      clearTimeout(force);
      store.close();
    },
  };
}

/** A fastify instance that guards every request and answers every error in one shape; no route yet. */
function createApp({ config, logger }: AdminOptions): AdminApp {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    serverFactory(handler) {
      const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
        setSecurityHeaders(response);
        handler(request, response);
      });
      server.maxConnections = MAX_CONNECTIONS;
      return server;
    },
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      const apiError = toApiError(error);
      void reply.code(apiError.status).type("application/json").send(JSON.stringify(apiError));
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  // Answers are typed by the compiler; checking each again would only cost.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeContentTypeParser(["text/plain", "application/json"]);
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // Some changes have nothing to say beyond their address.
    if (body === "") done(null, undefined);
    else void parse(request, String(body), done);
  });
  app.addHook("onRequest", (request, _reply, next) => {
    guardRequest(request.raw, config.admin);
    next();
  });
  app.setErrorHandler((error, request: FastifyRequest, reply: FastifyReply) => {
    const apiError = toApiError(error);
    if (apiError.code === "internal") logger.error({ err: error, url: request.url }, "an admin request failed");
    if (apiError.code === "store-unavailable") logger.warn({ url: request.url }, apiError.message);
    if (apiError.status === 401) void reply.header("www-authenticate", 'Bearer realm="shadowdiff"');
    return reply.code(apiError.status).type("application/json; charset=utf-8").send(JSON.stringify(apiError));
  });
  return app.withTypeProvider<ZodTypeProvider>();
}

function createHub({ status, runs }: AdminOptions): EventHub {
  return new EventHub((event) => (event === "status" ? status() : { runId: runs.current.id }), {
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    setInterval: (callback, ms) => setInterval(callback, ms),
    clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
  });
}

function boundPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the admin listener has no port");
  return address.port;
}
