import { createHash } from "node:crypto";
import type { ConfigurationView } from "../model/views/configuration.ts";
import { routeView } from "../proxy/routing/route-view.ts";
import type { LiveConfig } from "./live-config.ts";

/** Enough to tell apart all configurations that a person ever compares. */
const HASH_DIGITS = 12;

/** The configuration in force, for the admin API. */
export function configurationView({ current, effective, status }: LiveConfig): ConfigurationView {
  const subsets = [...current.subsets.values()].map(({ name, urls }) => ({ name, urls }));
  const routes = current.routes.map((route) => routeView(route, current.listen.port));
  const values = effective.map(({ name, value }) => [name, value]);
  const content = JSON.stringify([values, subsets, routes, current.compare.rules, current.gate.endpoints]);
  return {
    ...status,
    hash: createHash("sha256").update(content).digest("hex").slice(0, HASH_DIGITS),
    options: effective,
    subsets,
    routes,
    rules: current.compare.rules.length,
  };
}
