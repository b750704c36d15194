import type { AdminConfig } from "../model/config.ts";
import { isLoopbackHost } from "./host-check.ts";

/**
 * Why the admin listener must not be opened as configured: on an address that other machines reach it needs a token.
 * @returns a sentence about `admin.listen` with its remedy; undefined when all is well
 */
export function adminBindProblem(config: AdminConfig): string | undefined {
  if (config.token !== undefined || isLoopbackHost(config.listen.host)) return undefined;
  return (
    `${config.listen.host} can be reached from other machines, and no token is set. ` +
    "Set admin.tokenFile or the environment variable SHADOWDIFF_ADMIN_TOKEN, or listen on 127.0.0.1."
  );
}
