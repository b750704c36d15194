import { ApiError } from "../api-error.ts";
import type { AdminApp } from "../admin-options.ts";
import type { EventHub } from "../live/event-hub.ts";
import { commonErrors, errorSchema } from "../schemas/error-schema.ts";
import { z } from "zod";

/**
 * Server-sent events: `committed` when reports can have changed, `status` with the new status, `rules` when rules or reviews
 * have changed, `replicas` when the state of a replica of the store has, `isolations` when an isolation has, `heartbeat` every
 * three seconds, and `stopped` when the process ends on purpose.
 */
export function eventRoutes(app: AdminApp, hub: EventHub): void {
  app.get(
    "/api/v1/events",
    {
      exposeHeadRoute: false,
      schema: {
        summary: "Server-sent events: committed, status, rules, replicas, isolations, heartbeat, stopped",
        response: {
          ...commonErrors,
          200: { description: "An event stream", content: { "text/event-stream": { schema: z.string() } } },
          503: errorSchema,
        },
      },
    },
    (_request, reply) => {
      if (hub.isFull) {
        throw new ApiError(
          "too-many-listeners",
          "The limit of open dashboards is reached.",
          "Close another dashboard, then reload this one.",
        );
      }
      reply.hijack();
      reply.raw.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", connection: "close" });
      hub.add(reply.raw);
    },
  );
}
