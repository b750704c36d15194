import { z } from "zod";
import type { Sample, SampleLeg } from "../../model/sample.ts";
import { samplesMeeting } from "../../report/explanations/samples-meeting.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { decompressBody, findSample, readSampleDetail } from "../read-sample-detail.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import {
  roleSchema,
  sampleDetailSchema,
  sampleParams,
  sampleQuery,
  samplesQuery,
  samplesSchema,
} from "../schemas/sample-schema.ts";
import { selectRun, type RunSelection } from "../run-selection.ts";
import type { StoreConnection } from "../live/store-connection.ts";

/** Samples whose attributes are looked at. */
const MAX_JUDGED = 1_000;

const bytesSchema = z.custom<Buffer>().meta({ type: "string", format: "binary" });

/** Samples: the list, one sample with its bodies, and one body as a file. */
export function sampleRoutes(app: AdminApp, { config, runs, reports }: AdminOptions, store: StoreConnection): void {
  const { maxDecodedBytes } = config.compare;
  const find = (id: string, selection: RunSelection): Promise<Sample> =>
    store.query(async (reader) => {
      const { run, candidate } = await selectRun(reader, runs.current, selection);
      return findSample(reader, run.id, id, candidate);
    });

  app.get(
    "/api/v1/samples",
    {
      schema: {
        summary: "Samples, newest first",
        querystring: samplesQuery,
        response: { ...storeErrors, 200: samplesSchema },
      },
    },
    async ({ query }) => {
      const { cause: signature } = query;
      const fields =
        signature === undefined
          ? undefined
          : await reports.ask("fieldsOfCause", { selection: query, signature, isRecent: true });
      return store.query(async (reader) => {
        const { run, candidate } = await selectRun(reader, runs.current, query);
        const { condition: conditions, ...filter } = query;
        if (conditions === undefined)
          return { samples: await reader.samples(run.id, candidate, { ...filter, fields }) };
        const all = await reader.samples(run.id, candidate, { ...filter, fields, limit: MAX_JUDGED });
        const { samples, unjudged } = await samplesMeeting(reader, { runId: run.id, candidate }, all, conditions);
        return { samples: samples.slice(0, query.limit), unjudged };
      });
    },
  );

  app.get(
    "/api/v1/samples/:id",
    {
      schema: {
        summary: "A sample with its bodies as text",
        params: sampleParams,
        querystring: sampleQuery,
        response: { ...storeErrors, 200: sampleDetailSchema },
      },
    },
    async ({ params, query }) => readSampleDetail(await find(params.id, query), maxDecodedBytes, config.tracing),
  );

  app.get(
    "/api/v1/samples/:id/body",
    {
      schema: {
        summary: "Download a body as a file",
        params: sampleParams,
        querystring: sampleQuery.extend({ role: roleSchema }),
        response: {
          ...storeErrors,
          200: { description: "The body", content: { "application/octet-stream": { schema: bytesSchema } } },
        },
      },
    },
    async ({ params, query }, reply) => {
      const { legs } = await find(params.id, query);
      const leg = legs[query.role];
      const body = await decompressBody(storedBody(leg), maxDecodedBytes);
      const name = `${query.role}-${params.id.replaceAll(/[^\w-]/g, "_")}.bin`;
      return reply
        .type("application/octet-stream")
        .header("content-disposition", `attachment; filename="${name}"`)
        .send(body);
    },
  );
}

/** @throws ApiError if only the hash of the body was stored, or if the sample has no such leg */
function storedBody(leg: SampleLeg | null): SampleLeg["body"] {
  if (leg === null)
    throw new ApiError("body-not-kept", "This sample has no secondary.", "Use role=primary or role=candidate.");
  if (leg.body.form !== "binary") return leg.body;
  throw new ApiError(
    "body-not-kept",
    `Only the length (${leg.body.length} bytes) and hash of a binary body are stored.`,
    "GET the sample without /body to read the hash.",
  );
}
