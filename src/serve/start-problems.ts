import { ConfigError } from "../config/config-error.ts";

export function storeRequiredError(message: string): ConfigError {
  const allowed = "a store that can be written, or no --store-required: then clients are served, and nothing is stored";
  return new ConfigError([{ place: "--store-required", field: "", message, allowed }]);
}
