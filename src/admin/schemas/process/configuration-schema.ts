import { z } from "zod";
import type { ConfigurationView, EffectiveOption } from "../../../model/views/configuration.ts";
import { configStatusFields } from "./status-schema.ts";

const texts = z.array(z.string()).readonly();

const optionSchema = z
  .object({
    name: z.string().describe("Field of a document, with the names of routes and versions"),
    help: z.string(),
    kind: z.string().describe("What a value is: duration, size, percent"),
    value: z.string().nullable().describe("As written, with its unit; secrets are masked"),
    default: z.string().nullable(),
    isDefault: z.boolean(),
    source: z.enum(["flag", "variable", "file", "default"]),
    place: z.string().describe("The flag, the variable, or the position in a file; empty for a default"),
    afterRestart: z
      .string()
      .nullable()
      .optional()
      .describe("The value that takes effect after a restart, if it is another one"),
  })
  .meta({ id: "EffectiveOption" }) satisfies z.ZodType<EffectiveOption>;

export const configurationSchema = z
  .object({
    ...configStatusFields,
    hash: z.string().describe("Equal configurations have equal hashes"),
    options: z.array(optionSchema).readonly(),
    subsets: z.array(z.object({ name: z.string(), urls: texts })).readonly(),
    routes: z
      .array(
        z.object({
          name: z.string(),
          hosts: texts.describe("Empty for all hosts"),
          requests: z
            .array(texts)
            .readonly()
            .describe("All conditions of one list must be true; empty for all requests"),
          goesTo: texts,
          mirroredTo: texts,
        }),
      )
      .readonly(),
    rules: z.number().describe("Number of configured rules"),
  })
  .meta({ id: "Configuration" }) satisfies z.ZodType<ConfigurationView>;
