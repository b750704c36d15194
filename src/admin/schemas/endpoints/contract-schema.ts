import { z } from "zod";
import type { ContractReport, EndpointContract } from "../../../model/contract/contract-report.ts";
import { sectionSchema } from "../difference-schema.ts";

const counts = {
  conforming: z.number().describe("Exchanges in which both responses conform"),
  candidateBreaks: z.number().describe("Exchanges in which only the candidate breaks the contract somewhere"),
  primaryBreaks: z.number().describe("Exchanges in which only the primary breaks it somewhere"),
  bothBreak: z.number().describe("Exchanges in which both break it in the same places"),
  notJudged: z.number().describe("Exchanges with a response that is missing, incomplete or too large"),
};

export const endpointContractSchema = z
  .object({
    ...counts,
    violations: z
      .array(
        z.object({
          section: sectionSchema,
          path: z.string(),
          candidateOnly: z.number().describe("Exchanges in which only the candidate breaks the contract here"),
          primaryOnly: z.number(),
          both: z.number(),
        }),
      )
      .readonly()
      .describe("Those of the candidate alone first"),
  })
  .meta({ id: "EndpointContract" }) satisfies z.ZodType<EndpointContract>;

export const contractSchema = z
  .object({
    operations: z.number(),
    compared: z.number().describe("Operations that were compared"),
    missing: z.array(z.string()).readonly().describe("Operations that were never compared, as endpoints"),
    undocumented: z.array(z.string()).readonly().describe("Compared endpoints that are no operation"),
    responses: z.object(counts).nullable().describe("Null if no response was validated"),
  })
  .meta({ id: "ContractReport" }) satisfies z.ZodType<ContractReport>;
