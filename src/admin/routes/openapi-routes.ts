import type { AdminApp } from "../admin-context.ts";

/** The description of the API (OpenAPI 3.1), made from the schemas that check it. */
export function openapiRoutes(app: AdminApp): void {
  app.get("/api/v1/openapi.json", { schema: { hide: true } }, () => app.swagger());
}
