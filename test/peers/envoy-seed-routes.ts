import { typedConfig } from "./envoy.ts";

/** Routes of Envoy with the meaning of documents in `examples/istio`, written by hand from Istio's reference. */
export interface SeedRoutes {
  /** `about` of the scenario in test/golden/seeds.yaml. */
  readonly about: string;
  readonly domains: readonly string[];
  readonly routes: readonly object[];
}

const EVERYWHERE = ["*"];
const EVERY_PATH = { prefix: "/" };
const TO_V1 = { match: EVERY_PATH, route: { cluster: "v1" } };

/** The short name of a service, and its longer ones in a namespace. */
function namesOf(service: string, namespace: string): readonly string[] {
  const inNamespace = `${service}.${namespace}`;
  return [service, inNamespace, `${inNamespace}.svc`, `${inNamespace}.svc.cluster.local`];
}

function mirroredTo(cluster: string, percent: number): object {
  const percentage = { default_value: { numerator: percent, denominator: "HUNDRED" } };
  return { request_mirror_policies: [{ cluster, runtime_fraction: percentage }] };
}

function byAgent(prefix: string, regex: string): object {
  return { prefix, headers: [{ name: "user-agent", string_match: { safe_regex: { regex } } }] };
}

const CANARY = {
  weighted_clusters: {
    clusters: [
      { name: "v1", weight: 90 },
      { name: "v2", weight: 10 },
    ],
  },
  prefix_rewrite: "/",
};
const MOBILE_TO_V2 = { match: byAgent("/", ".*Mobile.*"), route: { cluster: "v2" } };
const V1_AND_COPIES_TO_V2 = { match: EVERY_PATH, route: { cluster: "v1", ...mirroredTo("v2", 100) } };
const SEVEN_SECONDS = { delay: { fixed_delay: "7s", percentage: { numerator: 100, denominator: "HUNDRED" } } };
const HALF_OF_API = {
  cluster: "v1",
  regex_rewrite: { pattern: { regex: "^/api/?" }, substitution: "/" },
  ...mirroredTo("v2", 50),
};
const HTTPBIN = namesOf("httpbin", "default");
const CALCULATOR = namesOf("calcbackendsvc", "challengeistio");

export const SEED_ROUTES: readonly SeedRoutes[] = [
  { about: "everything to v1", domains: HTTPBIN, routes: [TO_V1] },
  { about: "v1 responds, v2 receives a copy of every request", domains: HTTPBIN, routes: [V1_AND_COPIES_TO_V2] },
  { about: "Istio 0.5, everything to v1", domains: namesOf("httpbin", "tutorial"), routes: [TO_V1] },
  { about: "Istio 0.5, v2 gets a copy", domains: namesOf("httpbin", "tutorial"), routes: [V1_AND_COPIES_TO_V2] },
  {
    about: "90% to v1, 10% to v2, and the prefix removed",
    domains: EVERYWHERE,
    routes: [{ match: { prefix: "/my-app" }, route: CANARY }],
  },
  {
    about: "by browser",
    domains: EVERYWHERE,
    routes: [
      { match: byAgent("/my-app", ".*Chrome.*"), route: { cluster: "v1", prefix_rewrite: "/" } },
      { match: byAgent("/my-app", ".*Mozilla.*"), route: { cluster: "v2", prefix_rewrite: "/" } },
    ],
  },
  {
    about: "a delay of seven seconds for all requests",
    domains: namesOf("my-app", "default"),
    routes: [
      {
        match: EVERY_PATH,
        route: { cluster: "v2" },
        typed_per_filter_config: {
          "envoy.filters.http.fault": typedConfig("filters.http.fault.v3.HTTPFault", SEVEN_SECONDS),
        },
      },
    ],
  },
  { about: "mobile browsers to v2", domains: CALCULATOR, routes: [MOBILE_TO_V2, TO_V1] },
  {
    about: "mobile browsers to v2, and v3 under test for the others",
    domains: CALCULATOR,
    routes: [MOBILE_TO_V2, { match: EVERY_PATH, route: { cluster: "v1", ...mirroredTo("v3", 100) } }],
  },
  { about: "the baseline document ends the test", domains: CALCULATOR, routes: [MOBILE_TO_V2, TO_V1] },
  { about: "a gateway to v1", domains: EVERYWHERE, routes: [TO_V1] },
  { about: "a gateway to v1, v2 gets a copy", domains: EVERYWHERE, routes: [V1_AND_COPIES_TO_V2] },
  {
    about: "Gateway API, half of the requests mirrored",
    domains: EVERYWHERE,
    routes: [{ match: { path_separated_prefix: "/api" }, route: HALF_OF_API }],
  },
];
