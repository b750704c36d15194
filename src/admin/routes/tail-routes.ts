import { ApiError } from "../api-error.ts";
import type { AdminApp } from "../admin-options.ts";
import type { TailHub } from "../live/tail-hub.ts";
import { commonErrors, errorSchema } from "../schemas/error-schema.ts";
import { tailBatchSchema, tailQuery } from "../schemas/process/tail-schema.ts";

/** The live tail: exchanges as they are compared, at most 50 per second; further ones are counted. */
export function tailRoutes(app: AdminApp, hub: TailHub): void {
  app.get(
    "/api/v1/tail",
    {
      exposeHeadRoute: false,
      schema: {
        summary: "Server-sent events: exchanges as they are compared, at most 50 per second",
        querystring: tailQuery,
        response: {
          ...commonErrors,
          200: {
            description: "An event stream. The data of each event `exchanges` is a TailBatch.",
            content: { "text/event-stream": { schema: tailBatchSchema } },
          },
          503: errorSchema,
        },
      },
    },
    ({ query }, reply) => {
      if (hub.isFull) {
        throw new ApiError("too-many-listeners", "The limit of open tails is reached.", "Close another tail first.");
      }
      reply.hijack();
      reply.raw.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", connection: "close" });
      hub.add(reply.raw, query);
    },
  );
}
