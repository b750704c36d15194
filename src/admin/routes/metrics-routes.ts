import type { AdminApp, AdminOptions } from "../admin-context.ts";

/** What Prometheus scrapes; with a token it needs `authorization: { credentials_file: … }`. */
export function metricsRoutes(app: AdminApp, { metrics }: AdminOptions): void {
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, body } = await metrics();
    return reply.type(contentType).send(body);
  });
}
