import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { whoOf } from "../store-edits.ts";
import { changeErrors, errorSchema, storeErrors } from "../schemas/error-schema.ts";
import { runBody, runsSchema, runSwitchSchema } from "../schemas/run-schema.ts";
import type { StoreReading } from "../live/store-reading.ts";

/** Runs: what there is, and where one ends and another begins. There is always one that counts. */
export function runRoutes(app: AdminApp, options: AdminOptions, store: StoreReading): void {
  const { runs } = options;

  app.get(
    "/api/v1/runs",
    { schema: { summary: "All runs in the store, newest first", response: { ...storeErrors, 200: runsSchema } } },
    () => {
      const { current } = runs;
      const stored = store.ask((reader) => reader.runs()).map((one) => (one.id === current.id ? current : one));
      // The current run is known before the store has heard of it.
      const known = stored.some(({ id }) => id === current.id);
      return { current: current.id, runs: known ? stored : [current, ...stored] };
    },
  );

  app.post(
    "/api/v1/runs",
    {
      schema: {
        summary: "End the current run and begin another one; answered when all that was answered before is stored",
        body: runBody,
        response: { ...changeErrors, 201: runSwitchSchema, 409: errorSchema },
      },
    },
    async (request, reply) => {
      const change = await runs.begin(request.body, whoOf(request, options));
      return reply.code(201).send(change);
    },
  );

  app.post(
    "/api/v1/runs/current/end",
    {
      schema: {
        summary: "End the current run; one without a name goes on, so that nothing is uncounted",
        response: { ...changeErrors, 200: runSwitchSchema, 409: errorSchema },
      },
    },
    (request) => runs.begin({ labels: {} }, whoOf(request, options)),
  );
}
