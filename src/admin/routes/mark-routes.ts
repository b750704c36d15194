import type { Mark } from "../../model/explain/mark.ts";
import type { Run } from "../../model/run.ts";
import { formatNames } from "../../presentation/words/difference-words.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { actorOf, type AuditedEdits } from "../audited-edits.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { createMark } from "../marks/create-mark.ts";
import { MarkPace } from "../marks/mark-pace.ts";
import { selectAnyRun } from "../run-selection.ts";
import { changeErrors, storeErrors } from "../schemas/error-schema.ts";
import { createdMarkSchema, markBody, marksQuery, marksSchema } from "../schemas/explain/mark-schema.ts";

/** A deployment can begin before its run. */
const MAX_BEFORE_RUN_MS = 86_400_000;
/** Clocks of two machines differ by a few seconds. */
const MAX_AHEAD_MS = 60_000;

/** Marks: what happened in a run and can explain what changed then. */
export function markRoutes(app: AdminApp, options: AdminOptions, store: StoreConnection, edits: AuditedEdits): void {
  const { runs } = options;
  const pace = new MarkPace(() => performance.now());

  app.get(
    "/api/v1/events/marks",
    {
      schema: {
        summary: "Marks of a run, oldest first: deployments, changes of the configuration, versions that were down",
        querystring: marksQuery,
        response: { ...storeErrors, 200: marksSchema },
      },
    },
    ({ query }) =>
      store.query(async (reader) => {
        const run = await selectAnyRun(reader, runs.current, query.run);
        return { marks: await reader.marks(run.id) };
      }),
  );

  app.post(
    "/api/v1/events/marks",
    {
      config: { scope: "rollout" },
      schema: {
        summary: "Report what happened at one moment, such as a deployment, to explain what changed then",
        querystring: marksQuery,
        body: markBody,
        response: { ...changeErrors, 201: createdMarkSchema },
      },
    },
    async (request, reply) => {
      const { body, query } = request;
      const now = Date.now();
      const run = await runOfMark(query.run);
      const mark = createMark({ ...body, at: body.at ?? now, by: actorOf(request, options) });
      checkTime(mark, run, now);
      checkSubset(mark, run);
      pace.count();
      const audit = { at: now, by: mark.by, what: `marked (${mark.kind}): ${mark.text}` };
      await edits.write({ type: "mark", runId: run.id, mark, audit });
      return reply.code(201).send({ mark });
    },
  );

  /** Does not need to read the store for the current run. */
  function runOfMark(wanted: string | undefined): Promise<Run> {
    if (wanted === undefined) return Promise.resolve(runs.current);
    return store.query((reader) => selectAnyRun(reader, runs.current, wanted));
  }
}

/** @throws ApiError 400 for a time far from the run */
function checkTime({ at }: Mark, run: Run, now: number): void {
  const earliest = run.startedAt - MAX_BEFORE_RUN_MS;
  const latest = run.endedAt ?? now + MAX_AHEAD_MS;
  if (at >= earliest && at <= latest) return;
  throw new ApiError(
    "invalid-request",
    `body/at ${at} is not within run ${run.id}, or the day before it.`,
    `Use a time from ${isoTime(earliest)} to ${isoTime(latest)} (Unix milliseconds ${earliest} to ${latest}), or choose another run.`,
  );
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}

/** @throws ApiError 400 for a version that the run does not have */
function checkSubset({ subset }: Mark, { primary, candidates, secondary }: Run): void {
  const known = new Set([...primary.split(", "), ...candidates, ...(secondary === null ? [] : [secondary])]);
  if (subset === null || known.has(subset)) return;
  throw new ApiError(
    "invalid-request",
    `body/subset ${subset} is no version of the run.`,
    `Use one of ${formatNames([...known])}, or leave it out.`,
  );
}
