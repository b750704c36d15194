import { z } from "zod";
import type { Status } from "../../model/status.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { readinessOf } from "../probe-responses.ts";
import { commonErrors, listenerErrors } from "../schemas/error-schema.ts";
import { configurationSchema } from "../schemas/process/configuration-schema.ts";
import { replicasSchema } from "../schemas/process/replica-schema.ts";
import { healthSchema, statusSchema } from "../schemas/process/status-schema.ts";

const okSchema = z.object({ status: z.literal("ok") });
const notReadySchema = z.object({ status: z.enum(["starting", "draining"]) });

/**
 * Liveness and readiness probes. They are open, because orchestrators have no token. `respondToProbe` responds to most of them.
 */
export function probeRoutes(app: AdminApp, { status }: AdminOptions): void {
  app.get("/livez", { schema: { summary: "Liveness probe", response: { ...listenerErrors, 200: okSchema } } }, () => ({
    status: "ok" as const,
  }));

  app.get(
    "/readyz",
    {
      schema: {
        summary: "Readiness probe: ready while clients are served, regardless of candidates and database",
        response: { ...listenerErrors, 200: okSchema, 503: notReadySchema },
      },
    },
    (_request, reply) => {
      const state = readinessOf(status());
      if (state === "ok") void reply.send({ status: state });
      else void reply.code(503).send({ status: state });
    },
  );
}

/** Health and status for people and monitoring, and the metrics. A database that is unavailable does not cause a 503. */
export function statusRoutes(app: AdminApp, { status, metrics, configuration, replicas }: AdminOptions): void {
  app.get(
    "/healthz",
    { schema: { summary: "Health and status of the process", response: { ...commonErrors, 200: healthSchema } } },
    () => ({ health: healthOf(status()), ...status() }),
  );

  app.get(
    "/api/v1/status",
    { schema: { summary: "Status of the process", response: { ...commonErrors, 200: statusSchema } } },
    () => status(),
  );

  app.get(
    "/api/v1/configuration",
    {
      schema: {
        summary: "The configuration in force, with the source of every option; secrets are masked",
        response: { ...commonErrors, 200: configurationSchema },
      },
    },
    () => configuration(),
  );

  app.get(
    "/api/v1/replicas",
    {
      schema: {
        summary: "The replicas of the store with their health, version and configuration, as they were read last",
        response: { ...commonErrors, 200: replicasSchema },
      },
    },
    () => replicas.view(),
  );

  // With a token, Prometheus needs `authorization: { credentials_file: … }` in its scrape configuration.
  app.get("/metrics", { schema: { hide: true } }, async ({ headers }, reply) => {
    const { contentType, body } = await metrics(headers.accept);
    return reply.type(contentType).send(body);
  });
}

function healthOf(status: Status): "ok" | "degraded" | "draining" {
  if (status.draining) return "draining";
  return status.store.error === null ? "ok" : "degraded";
}
