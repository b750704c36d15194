import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from "@tanstack/react-router";
import { NotFound, Shell } from "./shell/shell.tsx";
import {
  causeSearch,
  configurationSearch,
  endpointSearch,
  endpointsSearch,
  latencySearch,
  parseSearch,
  rootSearch,
  rulesSearch,
  runsSearch,
  sampleSearch,
  stringifySearch,
  tailSearch,
} from "./search-params.ts";
import { ControlScreen } from "./control/control-screen.tsx";
import { EndpointScreen } from "./endpoint/endpoint-screen.tsx";
import { EndpointsScreen } from "./endpoints/endpoints-screen.tsx";
import { OverviewScreen } from "./overview/overview-screen.tsx";
import { ReviewsScreen } from "./reviews/reviews-screen.tsx";
import { RulesScreen } from "./rules/rules-screen.tsx";
import { RunsScreen } from "./runs/runs-screen.tsx";

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: rootSearch,
  search: { middlewares: [retainSearchParams(["run", "candidate"])] },
});

const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: OverviewScreen,
});
const endpointsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/endpoints",
  component: EndpointsScreen,
  validateSearch: endpointsSearch,
});
const endpointRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/endpoint",
  component: EndpointScreen,
  validateSearch: endpointSearch,
});
const causeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/causes/$signature",
  component: lazyRouteComponent(() => import("./cause/cause-screen.tsx"), "CauseScreen"),
  validateSearch: causeSearch,
});
const sampleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sample/$id",
  component: lazyRouteComponent(() => import("./exchange/exchange-screen.tsx"), "ExchangeScreen"),
  validateSearch: sampleSearch,
});
const latencyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/latency",
  component: lazyRouteComponent(() => import("./latency/latency-screen.tsx"), "LatencyScreen"),
  validateSearch: latencySearch,
});
const controlRoute = createRoute({ getParentRoute: () => rootRoute, path: "/control", component: ControlScreen });
const tailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/tail",
  component: lazyRouteComponent(() => import("./tail/tail-screen.tsx"), "TailScreen"),
  validateSearch: tailSearch,
});
const configurationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/configuration",
  component: lazyRouteComponent(() => import("./configuration/configuration-screen.tsx"), "ConfigurationScreen"),
  validateSearch: configurationSearch,
});
const replicasRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/replicas",
  component: lazyRouteComponent(() => import("./replicas/replicas-screen.tsx"), "ReplicasScreen"),
});
const rulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/rules",
  component: RulesScreen,
  validateSearch: rulesSearch,
});

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs",
  component: RunsScreen,
  validateSearch: runsSearch,
});
const reviewsRoute = createRoute({ getParentRoute: () => rootRoute, path: "/reviews", component: ReviewsScreen });

const routeTree = rootRoute.addChildren([
  overviewRoute,
  endpointsRoute,
  endpointRoute,
  causeRoute,
  sampleRoute,
  latencyRoute,
  controlRoute,
  tailRoute,
  configurationRoute,
  replicasRoute,
  rulesRoute,
  runsRoute,
  reviewsRoute,
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  // Ids of exchanges contain colons; a link is marked as current only if it spells the path like the URL.
  pathParamsAllowedCharacters: [":"],
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
