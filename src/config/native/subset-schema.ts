import { z } from "zod";
import { hostName, origin } from "../values/addresses.ts";
import { required } from "../options/option.ts";
import { choice, listOf, text, bool } from "../values/value-type.ts";

const pemFile = required(text("file", "a path")).optional();

/** A subset: one version of the service. */
export const subsetSchema = z.strictObject({
  url: required(origin).optional().describe("URL of the version"),
  urls: required(listOf(origin)).optional().describe("URLs of several instances, in round-robin order"),
  protocol: required(choice("http1", "h2"))
    .optional()
    .describe("Default http1; h2 uses ALPN for https, and prior knowledge for http"),
  tls: z
    .strictObject({
      ca: pemFile.describe("PEM file with the trusted certificate authorities"),
      cert: pemFile.describe("PEM file with the client certificate"),
      key: pemFile.describe("PEM file with the private key of the client certificate"),
      serverName: required(hostName)
        .optional()
        .describe("The name expected in the upstream's certificate; default: the host of the URL"),
      insecureSkipVerify: required(bool).default(false).describe("Accept any certificate"),
    })
    .optional()
    .describe("For https URLs"),
});

/** A validated subset. */
export type SubsetDocument = z.infer<typeof subsetSchema>;
