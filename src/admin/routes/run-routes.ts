import { compareRuns, runBefore } from "../../report/compare-runs.ts";
import { ApiError } from "../api-error.ts";
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
import { selectRun } from "../run-selection.ts";
import type { CachedReports } from "../live/cached-reports.ts";
import type { RunSummaries } from "../live/run-summaries.ts";
import type { StoreConnection } from "../live/store-connection.ts";

/** Lists, compares, begins and ends runs. There is always a current run. */
export function runRoutes(
  app: AdminApp,
  options: AdminOptions,
  store: StoreConnection,
  { reports, summaries }: { readonly reports: CachedReports; readonly summaries: RunSummaries },
): void {
  const { runs } = options;

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
    ({ query }) =>
      store.query(async (reader) => {
        const { run: after, candidate } = await selectRun(reader, runs.current, { ...query, run: query.after });
        const earlier = query.before ?? (await runBefore(reader, after, candidate))?.id;
        if (earlier === undefined) {
          const message = `There is no run before ${after.id} with the candidate ${candidate}.`;
          throw new ApiError("unknown-run", message, "Choose one with ?before=<id>. GET /api/v1/runs lists the runs.");
        }
        const { run: before } = await selectRun(reader, runs.current, { run: earlier, candidate });
        return compareRuns(reader, [before, after], candidate, reports.context());
      }),
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
    ({ query }) =>
      store.query(async (reader) => {
        const { run, candidate } = await selectRun(reader, runs.current, query);
        return summaries.get(reader, run, candidate);
      }),
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
