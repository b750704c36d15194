import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { commonErrors } from "../schemas/error-schema.ts";
import { statusSchema } from "../schemas/status-schema.ts";

export function statusRoutes(app: AdminApp, { status }: AdminOptions): void {
  app.get(
    "/api/v1/status",
    { schema: { summary: "What this process is and does", response: { ...commonErrors, 200: statusSchema } } },
    () => status(),
  );
}
