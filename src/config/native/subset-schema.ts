import { z } from "zod";
import { hostName, origin } from "../values/addresses.ts";
import { required } from "../options/option.ts";
import { choice, listOf, text, truth } from "../values/value-type.ts";

const pemFile = required(text("file", "a path")).optional();

/** A version of the service as it is written. */
export const subsetSchema = z.strictObject({
  url: required(origin).optional().describe("Where it is"),
  urls: required(listOf(origin)).optional().describe("Several copies of it, which take turns"),
  protocol: required(choice("http1", "h2"))
    .optional()
    .describe("Default http1; h2 is by ALPN for https, and with prior knowledge for http"),
  tls: z
    .strictObject({
      ca: pemFile.describe("PEM file with the authorities that may sign its certificate"),
      cert: pemFile.describe("PEM file with the client certificate"),
      key: pemFile.describe("PEM file with the key of the client certificate"),
      serverName: required(hostName).optional().describe("The name in its certificate; default: the host of the URL"),
      insecureSkipVerify: required(truth).default(false).describe("Accepts every certificate"),
    })
    .optional()
    .describe("For https URLs"),
});

/** A version of the service as it is written. */
export type SubsetDocument = z.infer<typeof subsetSchema>;
