import type { SwaggerOptions } from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { packageVersion } from "../lib/versions.ts";
import type { AdminApp } from "./admin-options.ts";

/** Serves the OpenAPI 3.1 document, generated from the schemas that validate the requests. */
export function openapiRoute(app: AdminApp): void {
  app.get("/api/v1/openapi.json", { schema: { hide: true } }, () => app.swagger());
}

/** How the OpenAPI document is generated from the routes and their schemas. */
export function openapiOptions(): SwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "shadowdiff",
        version: packageVersion(),
        description:
          "Runs, parity reports, latencies, samples, rules and reviews. Every error has the form { error: { code, message, remedy } }.",
      },
      components: {
        securitySchemes: {
          bearer: {
            type: "http",
            scheme: "bearer",
            description: "The admin token. Without a token, the API is open and listens only on loopback addresses.",
          },
        },
      },
      security: [{}, { bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject(document) {
      const object = jsonSchemaTransformObject(document);
      // The library adds an input variant of every schema; no request refers to one by name.
      const schemas = "components" in object ? (object.components?.schemas ?? {}) : {};
      for (const name of Object.keys(schemas)) {
        if (name.endsWith("Input")) Reflect.deleteProperty(schemas, name);
      }
      return object;
    },
  };
}
