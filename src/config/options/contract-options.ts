import { basePath } from "../values/names.ts";
import { bool, text } from "../values/value-type.ts";
import { option, optional } from "./option.ts";

/** What responses are expected to look like. */
export const CONTRACT_OPTIONS = {
  openapi: optional(text("file", "a path"), {
    flag: "openapi",
    help: "OpenAPI document (3.0 or 3.1) that names the endpoints; the report says which of its operations were compared",
  }),
  validate: option(bool, "false", {
    help: "whether the responses of all versions are validated against the contract; what only the candidate breaks is a difference",
  }),
  basePath: optional(basePath, {
    help: "path before the paths of the contract, in place of those of its servers, such as /v1 (/: none)",
  }),
} as const;
