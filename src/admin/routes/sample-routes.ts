import { z } from "zod";
import type { Sample, SampleLeg } from "../../model/sample.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { readBody, sampleDetail } from "../read-sample-detail.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import {
  roleSchema,
  sampleDetailSchema,
  sampleParams,
  sampleQuery,
  samplesQuery,
  samplesSchema,
} from "../schemas/sample-schema.ts";
import { selected, type Selection } from "../selection.ts";
import type { StoreReading } from "../live/store-reading.ts";

const bytesSchema = z.custom<Buffer>().meta({ type: "string", format: "binary" });

/** Kept exchanges: the list, one in full, and one body as a file. */
export function sampleRoutes(app: AdminApp, { config, runs }: AdminOptions, store: StoreReading): void {
  const { maxDecodedBytes } = config.compare;
  const find = (id: string, selection: Selection): Sample =>
    store.ask((reader) => {
      const { run: chosen, candidate } = selected(reader, runs.current, selection);
      const sample = reader.sample(chosen.id, id, candidate);
      if (sample !== undefined) return sample;
      throw new ApiError(
        "unknown-sample",
        `There is no kept exchange ${id}.`,
        "GET /api/v1/samples lists those that are kept.",
      );
    });

  app.get(
    "/api/v1/samples",
    {
      schema: {
        summary: "Kept exchanges, newest first",
        querystring: samplesQuery,
        response: { ...storeErrors, 200: samplesSchema },
      },
    },
    ({ query }) =>
      store.ask((reader) => {
        const { run: chosen, candidate } = selected(reader, runs.current, query);
        return { samples: reader.samples(chosen.id, candidate, query) };
      }),
  );

  app.get(
    "/api/v1/samples/:id",
    {
      schema: {
        summary: "A kept exchange with its bodies as text",
        params: sampleParams,
        querystring: sampleQuery,
        response: { ...storeErrors, 200: sampleDetailSchema },
      },
    },
    ({ params, query }) => sampleDetail(find(params.id, query), maxDecodedBytes),
  );

  app.get(
    "/api/v1/samples/:id/body",
    {
      schema: {
        summary: "A body as a file; never shown by a browser",
        params: sampleParams,
        querystring: sampleQuery.extend({ role: roleSchema }),
        response: {
          ...storeErrors,
          200: { description: "The body", content: { "application/octet-stream": { schema: bytesSchema } } },
        },
      },
    },
    async ({ params, query }, reply) => {
      const leg = find(params.id, query).legs[query.role];
      const body = await readBody(keptBody(leg), maxDecodedBytes);
      const name = `${query.role}-${params.id.replaceAll(/[^\w-]/g, "_")}.bin`;
      return reply
        .type("application/octet-stream")
        .header("content-disposition", `attachment; filename="${name}"`)
        .send(body);
    },
  );
}

/** @throws ApiError when only the body's hash was kept, or this role did not answer */
function keptBody(leg: SampleLeg | null): SampleLeg["body"] {
  if (leg === null)
    throw new ApiError("body-not-kept", "This exchange has no secondary.", "Ask for primary or candidate.");
  if (leg.body.form !== "binary") return leg.body;
  throw new ApiError(
    "body-not-kept",
    `Of binary bodies only length (${leg.body.length} bytes) and hash are kept.`,
    "GET the sample without /body for the hash.",
  );
}
