import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { actorOf } from "../audited-edits.ts";
import { changeErrors, errorSchema, storeErrors } from "../schemas/error-schema.ts";
import {
  comparisonQuery,
  comparisonSchema,
  flaggerBody,
  flaggerRunSchema,
  runBody,
  runsSchema,
  runSwitchSchema,
  summaryQuery,
  summarySchema,
} from "../schemas/run-schema.ts";
import { sendAnswer } from "../reports/reports.ts";
import type { StoreConnection } from "../live/store-connection.ts";

/** Lists, compares, begins and ends runs. There is always a current run. */
export function runRoutes(app: AdminApp, options: AdminOptions, store: StoreConnection): void {
  const { runs, reports } = options;

  app.get(
    "/api/v1/runs",
    { schema: { summary: "All runs in the store, newest first", response: { ...storeErrors, 200: runsSchema } } },
    async () => {
      const known = await store.query((reader) => reader.runs());
      const { current } = runs;
      const stored = known.map((run) => (run.id === current.id ? current : run));
      // The store has not recorded the current run yet.
      const isStored = stored.some(({ id }) => id === current.id);
      return { current: current.id, runs: isStored ? stored : [current, ...stored] };
    },
  );

  app.get(
    "/api/v1/runs/compare",
    {
      schema: {
        summary: "Compare a run with an earlier one: causes that are new, fixed, or still present",
        querystring: comparisonQuery,
        response: { ...storeErrors, 200: comparisonSchema },
      },
    },
    ({ query }, reply) => sendAnswer(reports, reply, "runComparison", query),
  );

  app.get(
    "/api/v1/runs/summary",
    {
      schema: {
        summary: "The verdict of a run, for lists of runs",
        querystring: summaryQuery,
        response: { ...storeErrors, 200: summarySchema },
      },
    },
    ({ query }, reply) => sendAnswer(reports, reply, "runSummary", query),
  );

  app.post(
    "/api/v1/runs",
    {
      config: { scope: "rollout" },
      schema: {
        summary: "End the current run and begin another; responds once all earlier exchanges are stored",
        body: runBody,
        response: { ...changeErrors, 201: runSwitchSchema, 409: errorSchema },
      },
    },
    async (request, reply) => {
      const change = await runs.begin(request.body, actorOf(request, options));
      return reply.code(201).send(change);
    },
  );

  app.post(
    "/api/v1/runs/flagger",
    {
      config: { scope: "rollout" },
      schema: {
        summary: "A webhook of Flagger begins a run for the revision of its canary; repeated, it changes nothing",
        body: flaggerBody,
        response: { ...changeErrors, 200: flaggerRunSchema, 201: flaggerRunSchema, 409: errorSchema },
      },
    },
    async (request, reply) => {
      const { name, namespace, checksum } = request.body;
      const wanted = { name: `${name}.${namespace}`, labels: { checksum } };
      const isCurrent = runs.current.name === wanted.name && runs.current.labels["checksum"] === checksum;
      if (isCurrent) return reply.code(200).send({ current: runs.current });
      const { current } = await runs.begin(wanted, actorOf(request, options));
      return reply.code(201).send({ current });
    },
  );

  app.post(
    "/api/v1/runs/current/end",
    {
      config: { scope: "rollout" },
      schema: {
        summary: "End the current run and begin an unnamed one, so that every exchange is still counted",
        response: { ...changeErrors, 200: runSwitchSchema, 409: errorSchema },
      },
    },
    (request) => runs.begin({ labels: {} }, actorOf(request, options)),
  );
}
