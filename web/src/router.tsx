import { createRootRoute, createRoute, createRouter, retainSearchParams } from "@tanstack/react-router";
import { NotFound } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";
import {
  endpointSearch,
  latencySearch,
  overviewSearch,
  parseSearch,
  rootSearch,
  rulesSearch,
  runsSearch,
  sampleSearch,
  stringifySearch,
} from "./search.ts";
import { ControlPage } from "./control/control-view.tsx";
import { EndpointView } from "./endpoint/endpoint-view.tsx";
import { LatencyPage } from "./latency/latency-page.tsx";
import { OverviewView } from "./overview/overview-view.tsx";
import { ReviewsView } from "./reviews/reviews-view.tsx";
import { RulesView } from "./rules/rules-view.tsx";
import { RunsView } from "./runs/runs-view.tsx";
import { SampleView } from "./exchange/sample-view.tsx";

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: rootSearch,
  search: { middlewares: [retainSearchParams(["run", "candidate"])] },
});

const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: OverviewView,
  validateSearch: overviewSearch,
});
const endpointRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/endpoint",
  component: EndpointView,
  validateSearch: endpointSearch,
});
const sampleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sample/$id",
  component: SampleView,
  validateSearch: sampleSearch,
});
const latencyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/latency",
  component: LatencyPage,
  validateSearch: latencySearch,
});
const controlRoute = createRoute({ getParentRoute: () => rootRoute, path: "/control", component: ControlPage });
const rulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/rules",
  component: RulesView,
  validateSearch: rulesSearch,
});

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs",
  component: RunsView,
  validateSearch: runsSearch,
});
const reviewsRoute = createRoute({ getParentRoute: () => rootRoute, path: "/reviews", component: ReviewsView });

const routeTree = rootRoute.addChildren([
  overviewRoute,
  endpointRoute,
  sampleRoute,
  latencyRoute,
  controlRoute,
  rulesRoute,
  runsRoute,
  reviewsRoute,
]);

export const router = createRouter({ routeTree, parseSearch, stringifySearch, scrollRestoration: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
