import type { SwaggerOptions } from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { packageVersion } from "../lib/versions.ts";

/** How the description of the API is made from the routes and their schemas. */
export function openapiOptions(): SwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "shadowdiff",
        version: packageVersion(),
        description: "Reports, latencies and kept exchanges of a run. Errors: { error: { code, message, remedy } }.",
      },
      components: {
        securitySchemes: {
          bearer: {
            type: "http",
            scheme: "bearer",
            description: "The admin token; without one the API is open on loopback",
          },
        },
      },
      security: [{}, { bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject(document) {
      const object = jsonSchemaTransformObject(document);
      // The library lists every schema for both directions; nothing here is sent to us by these names.
      const schemas = "components" in object ? (object.components?.schemas ?? {}) : {};
      for (const name of Object.keys(schemas)) {
        if (name.endsWith("Input")) Reflect.deleteProperty(schemas, name);
      }
      return object;
    },
  };
}
