import type { IsolationManager } from "../../isolate/isolation-manager.ts";
import type { Isolation, IsolationPreview } from "../../model/isolate/isolation.ts";
import { targetNames } from "../../presentation/exchange/target-names.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { ApiError } from "../api-error.ts";
import { actorOf } from "../audited-edits.ts";
import { IsolationOrders } from "./isolation-orders.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { selectAnyRun } from "../run-selection.ts";
import { changeErrors, errorSchema, storeErrors } from "../schemas/error-schema.ts";
import {
  isolationBody,
  isolationParams,
  isolationPreviewSchema,
  isolationQuery,
  isolationSchema,
  isolationsQuery,
  isolationsSchema,
} from "../schemas/isolate/isolation-schema.ts";

/** Isolations: what a cause depends on, found by sending requests. */
export function isolationRoutes(
  app: AdminApp,
  options: AdminOptions,
  store: StoreConnection,
  isolations: IsolationManager,
): void {
  const { runs } = options;
  const orders = new IsolationOrders(options, store);
  /** Newest first: those of this process, and those that are stored. */
  const list = (wanted: string | undefined, candidate?: string): Promise<readonly Isolation[]> =>
    store.query(async (reader) => {
      const run = await selectAnyRun(reader, runs.current, wanted);
      const here = isolations.list().filter((each) => each.runId === run.id);
      const known = new Set(here.map(({ id }) => id));
      const stored = (await reader.isolations(run.id, candidate)).filter(({ id }) => !known.has(id));
      return [...here, ...stored]
        .filter((each) => (candidate ?? each.candidate) === each.candidate)
        .toSorted((one, other) => other.startedAt - one.startedAt);
    });
  const find = async (id: string, run: string | undefined): Promise<Isolation> => {
    const found = isolations.get(id) ?? (await list(run)).find((each) => each.id === id);
    if (found !== undefined) return found;
    const remedy = "GET /api/v1/isolations lists those of a run.";
    throw new ApiError("unknown-isolation", `There is no isolation ${id}.`, remedy);
  };

  app.get(
    "/api/v1/isolations",
    {
      schema: {
        summary: "The isolations of a run, newest first",
        querystring: isolationsQuery,
        response: { ...storeErrors, 200: isolationsSchema },
      },
    },
    async ({ query }) => {
      const all = await list(query.run, query.candidate);
      return { isolations: all.filter(({ signature }) => (query.signature ?? signature) === signature) };
    },
  );

  app.get(
    "/api/v1/isolations/:id",
    {
      schema: {
        summary: "An isolation, with its progress and its result",
        params: isolationParams,
        querystring: isolationQuery,
        response: { ...storeErrors, 200: isolationSchema },
      },
    },
    ({ params, query }) => find(params.id, query.run),
  );

  app.post(
    "/api/v1/isolations/preview",
    {
      config: { readsOnly: true },
      schema: {
        summary: "What must be known before an isolation begins; sends nothing",
        body: isolationBody,
        response: { ...changeErrors, 200: isolationPreviewSchema },
      },
    },
    async ({ body }): Promise<IsolationPreview> => (await orders.plan(body)).preview,
  );

  app.post(
    "/api/v1/isolations",
    {
      schema: {
        summary: "Isolate a cause: send requests to all versions to find the smallest one that still shows it",
        body: isolationBody,
        response: { ...changeErrors, 201: isolationSchema, 409: errorSchema },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { preview, order } = await orders.plan(body);
      if (preview.refusal !== null)
        throw new ApiError("not-isolatable", preview.refusal.message, preview.refusal.remedy);
      if (body.confirm !== true && !preview.isOptedIn) throw confirmNeeded(preview);
      const running = isolations.runningOf(order.candidate);
      if (running !== undefined) {
        throw new ApiError(
          "isolation-running",
          `The isolation ${running.id} of ${order.candidate} is running: ${running.title} on ${running.endpoint}.`,
          `Wait for its end, or stop it with DELETE /api/v1/isolations/${running.id}.`,
        );
      }
      return reply.code(201).send(isolations.start({ ...order, by: actorOf(request, options) }));
    },
  );

  app.delete(
    "/api/v1/isolations/:id",
    {
      schema: {
        summary: "Stop an isolation; what it has found is kept",
        params: isolationParams,
        querystring: isolationQuery,
        response: { ...changeErrors, 200: isolationSchema },
      },
    },
    async (request) => {
      const { params, query } = request;
      return (await isolations.stop(params.id, actorOf(request, options))) ?? find(params.id, query.run);
    },
  );
}

function confirmNeeded({ targets, maxProbes, perSecond, method, endpoint }: IsolationPreview): ApiError {
  return new ApiError(
    "confirm-needed",
    `Up to ${maxProbes} ${method} requests to ${endpoint} would be sent, ${perSecond} per second, to ${targetNames(targets)}.`,
    'Confirm it with "confirm": true, or set isolate.enabled.',
  );
}
