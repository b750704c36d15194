import { constants } from "node:zlib";
import { fastifyCompress, type FastifyCompressOptions } from "@fastify/compress";
import { fastifyEtag } from "@fastify/etag";
import { fastifySwagger } from "@fastify/swagger";
import { fastify, type FastifyReply, type FastifyRequest } from "fastify";
import { validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { createServer } from "../http/node-http.ts";
import type { TailDelivery } from "../compare/tail/tail-publisher.ts";
import type { BuiltReports } from "../model/views/brief-report.ts";
import { Authenticator, sessionCookieName } from "./session/authenticator.ts";
import { toApiError } from "./api-error.ts";
import type { AdminApp, AdminOptions, RequestListener } from "./admin-options.ts";
import { AuditedEdits } from "./audited-edits.ts";
import { EventHub, type AdminEvent } from "./live/event-hub.ts";
import { createIsolations } from "./isolate/create-isolations.ts";
import { DeclaredMethods } from "./declared-methods.ts";
import { openapiOptions, openapiRoute } from "./openapi.ts";
import { PacedCalls } from "./live/paced-calls.ts";
import { RecentReports, type RecentReportsOptions } from "./live/recent-reports.ts";
import { rejectCrossSiteRequest, rejectFormSubmission } from "./session/cross-site-guard.ts";
import { causeRoutes } from "./routes/cause-routes.ts";
import { controlRoutes } from "./routes/control-routes.ts";
import { dashboardRoutes } from "./routes/dashboard-routes.ts";
import { eventRoutes } from "./routes/event-routes.ts";
import { gateRoutes } from "./routes/gate-routes.ts";
import { markRoutes } from "./routes/mark-routes.ts";
import { probeRoutes, statusRoutes } from "./routes/status-routes.ts";
import { isolationRoutes } from "./isolate/isolation-routes.ts";
import { reportRoutes } from "./routes/report-routes.ts";
import { resendRoutes } from "./routes/resend-routes.ts";
import { reviewRoutes } from "./routes/review-routes.ts";
import { ruleRoutes } from "./routes/rule-routes.ts";
import { runRoutes } from "./routes/run-routes.ts";
import { sampleRoutes } from "./routes/sample-routes.ts";
import { sessionRoutes } from "./routes/session-routes.ts";
import { templateRoutes } from "./routes/template-routes.ts";
import { tailRoutes } from "./routes/tail-routes.ts";
import { TailHub } from "./live/tail-hub.ts";
import { StoreConnection } from "./live/store-connection.ts";

/** Clients without a token can send only a log-in, which has a few hundred bytes. */
const MAX_BODY_BYTES = 16_384;
/** A rule of 500 long paths, or an undo of 500 reviews with all their endpoints. */
const MAX_CHANGE_BYTES = 1_048_576;
const MAX_PARAMETER_LENGTH = 2000;

/**
 * Small responses are compressed at once and large ones in another thread, at low levels: a dashboard asks for some 5 KB every
 * few seconds. Requests are never decompressed.
 */
const COMPRESSION = {
  threshold: 1024,
  syncThreshold: 65_536,
  encodings: ["zstd", "br", "gzip"],
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } },
  zlibOptions: { level: 1 },
  globalDecompression: false,
} satisfies FastifyCompressOptions;
const TIMERS = {
  setTimeout: (callback: () => void, ms: number): NodeJS.Timeout => setTimeout(callback, ms),
  setInterval: (callback: () => void, ms: number): NodeJS.Timeout => setInterval(callback, ms),
  clear: (timer: { unref(): unknown }): void => clearTimeout(timer as NodeJS.Timeout),
};

/** What serves the dashboard, the API and the metrics. */
export interface Application {
  /** Responds to a request. */
  readonly serve: RequestListener;
  /** See `Admin`. */
  notify(event: AdminEvent): void;
  publishTail(deliveries: readonly TailDelivery[]): void;
  recentReports(): Promise<BuiltReports | null>;
  stopIsolations(): Promise<void>;
  /** @param responded resolves when all responses have ended */
  close(responded: Promise<void>): Promise<void>;
}

/** @param port of the listener, once it is bound */
export async function createApplication(options: AdminOptions, port: () => number): Promise<Application> {
  const { admin } = options.config;
  const clock = { wall: Date.now, monotonic: () => performance.now() };
  const authenticator = new Authenticator(admin, clock);
  const store = new StoreConnection(options.readStore);
  const { reports } = options;
  const recent = createRecentReports(options, clock);
  const hub = createHub(options);
  const tails = new TailHub(options.watchTails, options.config.threads.compare);
  const commits = new PacedCalls(
    () => {
      reports.changed("committed");
      hub.notify("committed");
    },
    () => reports.restMs(),
    TIMERS,
  );
  const notify = (event: AdminEvent): void => {
    if (event === "committed") {
      commits.call();
      return;
    }
    if (event === "status" || event === "rules") reports.changed(event);
    if (event === "status") void store.close();
    hub.notify(event);
  };
  const edits = new AuditedEdits({ edit: (edit) => options.edit(edit), onChange: () => notify("rules") });
  const isolations = createIsolations(options, () => notify("isolations"));
  const declared = new DeclaredMethods();
  const app = createApp(options, declared);

  await app.register(fastifySwagger, openapiOptions());
  await app.register(fastifyCompress, COMPRESSION);
  probeRoutes(app, options);
  sessionRoutes(app, authenticator, port);
  await dashboardRoutes(app, options.webRoot, declared);
  await app.register((guarded: AdminApp, _options, done) => {
    guarded.addHook("onRoute", (route) => {
      route.bodyLimit = MAX_CHANGE_BYTES;
    });
    guarded.addHook("onRequest", (request, _reply, next) => {
      const { scope = "admin" } = request.routeOptions.config;
      authenticator.check({ headers: request.headers, address: request.ip }, sessionCookieName(port()), scope);
      next();
    });
    statusRoutes(guarded, options);
    openapiRoute(guarded);
    runRoutes(guarded, options, store);
    ruleRoutes(guarded, options, store, edits);
    reviewRoutes(guarded, options, store, edits);
    markRoutes(guarded, options, store, edits);
    void guarded.register((reads: AdminApp, _reads, ready) => {
      void reads.register(fastifyEtag, { weak: true });
      reads.addHook("onRequest", (_request, reply, next) => {
        void reply.header("vary", "accept-encoding");
        next();
      });
      reportRoutes(reads, options, store);
      causeRoutes(reads, options);
      sampleRoutes(reads, options, store);
      templateRoutes(reads, options, store, edits);
      ready();
    });
    void guarded.register((gate: AdminApp, _gate, ready) => {
      gateRoutes(gate, options);
      ready();
    });
    resendRoutes(guarded, options, store);
    isolationRoutes(guarded, options, store, isolations);
    controlRoutes(guarded, options);
    eventRoutes(guarded, hub);
    tailRoutes(guarded, tails);
    done();
  });

  await app.ready();
  return {
    serve: (request, response) => app.routing(request, response),
    notify,
    publishTail: (deliveries) => tails.publish(deliveries),
    recentReports: () => recent.get(),
    stopIsolations: () => isolations.close(),
    async close(responded) {
      recent.close();
      await isolations.close();
      commits.close();
      hub.close();
      tails.close();
      await app.close();
      await responded;
      await Promise.all([store.close(), reports.close()]);
    },
  };
}

/** A fastify instance without routes. It rejects cross-site requests and sends all errors in one format. */
function createApp({ config, logger }: AdminOptions, declared: DeclaredMethods): AdminApp {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    // It never listens: the admin listener passes requests on.
    serverFactory: (handler) => createServer(handler),
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      const apiError = toApiError(error);
      void reply.code(apiError.status).type("application/json").send(JSON.stringify(apiError));
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  // The compiler checks the types of responses; validating each response at run time would waste time.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeContentTypeParser(["text/plain", "application/json"]);
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // Some changes need no body.
    if (body === "") done(null, undefined);
    else void parse(request, String(body), done);
  });
  app.addHook("onRoute", (route) => declared.add(route));
  app.addHook("onRequest", (request, _reply, next) => {
    rejectCrossSiteRequest(request.raw, config.admin);
    // A path or a method that does not exist changes nothing, and is reported as that.
    const readsOnly = request.routeOptions.config.readsOnly === true;
    if (!request.is404 && !readsOnly) rejectFormSubmission(request.raw);
    next();
  });
  const warnOnce = createWarnOnce(logger);
  app.setErrorHandler((error, request: FastifyRequest, reply: FastifyReply) => {
    const apiError = toApiError(error);
    if (apiError.code === "internal") logger.error({ err: error, url: request.url }, "admin request failed");
    if (apiError.code === "store-unavailable") warnOnce({ url: request.url }, apiError.message);
    if (apiError.status === 401) void reply.header("www-authenticate", 'Bearer realm="shadowdiff"');
    return reply.code(apiError.status).type("application/json; charset=utf-8").send(JSON.stringify(apiError));
  });
  return app.withTypeProvider<ZodTypeProvider>();
}

/** The dashboard repeats its requests every few seconds: what was the last warning already is logged at debug. */
function createWarnOnce(logger: AdminOptions["logger"]): (context: object, message: string) => void {
  let last = "";
  return (context, message) => {
    logger[message === last ? "debug" : "warn"](context, message);
    last = message;
  };
}

function createRecentReports({ reports, logger }: AdminOptions, clock: RecentReportsOptions["clock"]): RecentReports {
  return new RecentReports({
    build: () => reports.ask("briefReports", null),
    onError(error) {
      // The store thread has logged why the store is unavailable.
      const isDefect = toApiError(error).code === "internal";
      if (isDefect) logger.error({ err: error }, "the report for the metrics cannot be built");
    },
    clock,
    timers: { setTimeout: TIMERS.setTimeout, clearTimeout: TIMERS.clear },
  });
}

function createHub({ status, runs }: AdminOptions): EventHub {
  const { startedAt } = status();
  const now = (): object => ({ runId: runs.current.id, startedAt });
  return new EventHub((event) => (event === "status" ? status() : now()), TIMERS);
}
