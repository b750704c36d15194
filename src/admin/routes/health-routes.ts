import { z } from "zod";
import type { Status } from "../../model/status.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { commonErrors } from "../schemas/error-schema.ts";
import { healthSchema } from "../schemas/status-schema.ts";

const okSchema = z.object({ status: z.literal("ok") });
const notReadySchema = z.object({ status: z.enum(["starting", "draining"]) });

/** For orchestrators, who have no token: whether the process lives, and whether clients should be sent to it. */
export function probeRoutes(app: AdminApp, { status }: AdminOptions): void {
  app.get("/livez", { schema: { summary: "The process answers", response: { 200: okSchema } } }, () => ({
    status: "ok" as const,
  }));

  app.get(
    "/readyz",
    {
      schema: {
        summary: "Clients should be sent here; depends on neither a candidate nor the database",
        response: { 200: okSchema, 503: notReadySchema },
      },
    },
    (_request, reply) => {
      const { ready, draining } = status();
      if (ready && !draining) void reply.send({ status: "ok" });
      else void reply.code(503).send({ status: draining ? "draining" : "starting" });
    },
  );
}

/** For a person or a monitor: everything that is known about the state. A database that is away is no reason for 503. */
export function healthRoutes(app: AdminApp, { status }: AdminOptions): void {
  app.get(
    "/healthz",
    { schema: { summary: "The whole status", response: { ...commonErrors, 200: healthSchema } } },
    () => ({ health: healthOf(status()), ...status() }),
  );
}

function healthOf(status: Status): "ok" | "degraded" | "draining" {
  if (status.draining) return "draining";
  return status.store.error === null ? "ok" : "degraded";
}
