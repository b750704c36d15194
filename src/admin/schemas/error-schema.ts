import { z } from "zod";

export const errorSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }) })
  .meta({ id: "Error" });

/** The answers that every guarded route may give besides its own. */
export const commonErrors = {
  400: errorSchema,
  401: errorSchema,
  403: errorSchema,
  421: errorSchema,
  429: errorSchema,
  500: errorSchema,
};

/** The same for a route that asks the database about a run. */
export const storeErrors = { ...commonErrors, 404: errorSchema, 503: errorSchema };

/** The same for a route that writes to the database. */
export const changeErrors = { ...storeErrors, 413: errorSchema, 415: errorSchema };
