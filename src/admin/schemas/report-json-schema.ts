import { z } from "zod";
import { reportSchema } from "./report-schema.ts";

/**
 * The JSON Schema (draft 7) of a report, for programs that read it. It allows further properties, because later versions of
 * shadowdiff add some; the property `version` changes when a reader has to.
 */
export function reportJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema, {
    target: "draft-7",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      delete jsonSchema.readOnly;
    },
  });
  return { $schema, title: "Report of shadowdiff", ...schema };
}
