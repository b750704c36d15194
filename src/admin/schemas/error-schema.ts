import { z } from "zod";

export const errorSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }) })
  .meta({ id: "Error" });

/** Error responses of every route: the listener sends them before a route is found. */
export const listenerErrors = {
  400: errorSchema,
  403: errorSchema,
  408: errorSchema,
  414: errorSchema,
  421: errorSchema,
  431: errorSchema,
};

/** Error responses of every route that requires the token. */
export const commonErrors = { ...listenerErrors, 401: errorSchema, 429: errorSchema, 500: errorSchema };

/** Error responses of a route that reads the store. */
export const storeErrors = { ...commonErrors, 404: errorSchema, 503: errorSchema };

/** Error responses of a route that writes to the store. */
export const changeErrors = { ...storeErrors, 413: errorSchema, 415: errorSchema };
