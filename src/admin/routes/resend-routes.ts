import { setTimeout as wait } from "node:timers/promises";
import type { CauseReport } from "../../model/report.ts";
import type { Resend } from "../../model/isolate/resend.ts";
import type { Sample } from "../../model/sample.ts";
import { describeResend } from "../../presentation/exchange/resend-outcome.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { ApiError } from "../api-error.ts";
import { actorOf } from "../audited-edits.ts";
import { type ResentSample, SampleResender } from "../isolate/sample-resender.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { hasField } from "../cause-lookup.ts";
import { findSample } from "../read-sample-detail.ts";
import { type RunSelection, selectRun } from "../run-selection.ts";
import { changeErrors, errorSchema } from "../schemas/error-schema.ts";
import { resendBody, resendPreviewSchema, resendSchema } from "../schemas/isolate/resend-schema.ts";
import { sampleParams, sampleQuery } from "../schemas/sample-schema.ts";

/** Sends the request of a sample once more to all versions, and compares their responses afresh. */
export function resendRoutes(app: AdminApp, options: AdminOptions, store: StoreConnection): void {
  const { runs, reports, probes, logger } = options;
  const resender = new SampleResender({
    runner: probes.runner,
    current: () => options.current(),
    now: () => performance.now(),
    async wait(ms, signal) {
      await wait(ms, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    },
  });
  const find = (id: string, selection: RunSelection): Promise<Sample> =>
    store.query(async (reader) => {
      const { run, candidate } = await selectRun(reader, runs.current, selection);
      return findSample(reader, run.id, id, candidate);
    });

  app.get(
    "/api/v1/samples/:id/resend",
    {
      schema: {
        summary: "What must be known before the request of a sample is sent again",
        params: sampleParams,
        querystring: sampleQuery,
        response: { ...changeErrors, 200: resendPreviewSchema },
      },
    },
    async ({ params, query }) => resender.preview(await find(params.id, query)),
  );

  app.post(
    "/api/v1/samples/:id/resend",
    {
      schema: {
        summary: "Send the request of a sample once more to all versions, and compare their responses",
        params: sampleParams,
        querystring: sampleQuery,
        body: resendBody,
        response: { ...changeErrors, 200: resendSchema, 409: errorSchema },
      },
    },
    async (request, reply): Promise<Resend> => {
      const { params, query, body } = request;
      const sample = await find(params.id, query);
      const { endpoint, route, fields } = sample;
      const causes = await reports.ask("causesOfSample", { selection: query, sample: { endpoint, route, fields } });
      const closed = new AbortController();
      reply.raw.once("close", () => closed.abort(clientHasGone()));
      const sent = await resender.resend(sample, body, closed.signal);
      const then = await probes.fieldsInReports(sample.endpoint, sample.fields);
      const resend = resendOf(sample, then, sent, causes);
      const { candidate } = sample;
      const by = actorOf(request, options);
      logger.info({ sample: sample.id, candidate, endpoint, outcome: resend.outcome, by }, "a sample was sent again");
      return resend;
    },
  );
}

function clientHasGone(): ApiError {
  return new ApiError("request-timeout", "The client did not wait for the responses.", "Send the request once more.");
}

function resendOf(
  sample: Sample,
  then: Sample["fields"],
  { result, leftOut }: ResentSample,
  causes: readonly CauseReport[],
): Resend {
  const { at, failure, legs, paired, fields, differences } = result;
  const { outcome, message } =
    failure === null
      ? describeResend(then, fields, paired, leftOut)
      : ({ outcome: "failed", message: `Nothing could be compared: ${failure}.` } as const);
  return {
    sampleId: sample.id,
    at,
    endpoint: sample.endpoint,
    candidate: sample.candidate,
    outcome,
    message,
    leftOut,
    legs,
    paired,
    fields,
    differences,
    sample: {
      at: sample.at,
      fields: sample.fields,
      differences: sample.differences,
      statuses: { primary: statusOf(sample.legs.primary), candidate: statusOf(sample.legs.candidate) },
    },
    causes: causes.map(({ signature, title, fields: own }) => ({
      signature,
      title,
      shows: fields.some((field) => field.mark === "raw" && hasField(own, field)),
    })),
  };
}

function statusOf({ status, failure }: Sample["legs"]["primary"]): number {
  return failure === null ? status : 0;
}
