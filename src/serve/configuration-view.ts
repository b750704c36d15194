import type { ConfigurationView } from "../model/views/configuration.ts";
import { configFingerprint } from "./config-fingerprint.ts";
import { routeView } from "../proxy/routing/route-view.ts";
import type { LiveConfig } from "./live-config.ts";

/** The configuration in force, for the admin API. */
export function configurationView({ current, effective, status }: LiveConfig): ConfigurationView {
  const subsets = [...current.subsets.values()].map(({ name, urls }) => ({ name, urls }));
  const routes = current.routes.map((route) => routeView(route, current.listen.port));
  return {
    ...status,
    hash: configFingerprint(current).hash,
    options: effective,
    subsets,
    routes,
    rules: current.compare.rules.length,
  };
}
