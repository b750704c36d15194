import type { AdminApp, AdminOptions } from "../context.ts";
import { commonErrors, storeErrors } from "../schemas/error-schema.ts";
import { runsSchema } from "../schemas/run-schema.ts";
import { statusSchema } from "../schemas/status-schema.ts";
import type { StoreReading } from "../store-reading.ts";

export function statusRoutes(app: AdminApp, { status, run }: AdminOptions, store: StoreReading): void {
  app.get(
    "/api/v1/status",
    { schema: { summary: "What this process is and does", response: { ...commonErrors, 200: statusSchema } } },
    () => status(),
  );

  app.get(
    "/api/v1/runs",
    { schema: { summary: "All runs in the store, newest first", response: { ...storeErrors, 200: runsSchema } } },
    () => {
      const current = run();
      const stored = store.ask((reader) => reader.runs()).map((one) => (one.id === current.id ? current : one));
      // The current run is known before the store has heard of it.
      const known = stored.some(({ id }) => id === current.id);
      return { current: current.id, runs: known ? stored : [current, ...stored] };
    },
  );
}
