import { DashboardLinkBuilder, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";
import { variable } from "./promql.ts";

/** A link of a point or a row into the dashboard of shadowdiff. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
}

/** The variable with the URL of shadowdiff's own dashboard. */
export const ADMIN = "shadowdiff";

/** @param query names of query parameters, and the labels of the series that they get */
function link(title: string, path: string, query: Readonly<Record<string, string>>): DataLink {
  const parameters = Object.entries(query).map(
    ([name, label]) => `${name}=${variable(`__field.labels.${label}`, "percentencode")}`,
  );
  return { title, url: `${variable(ADMIN, "raw")}${path}?${parameters.join("&")}` };
}

/** The page of an endpoint, with its causes and the samples of each. */
export const ENDPOINT_LINKS: readonly DataLink[] = [
  link("Causes and samples of the endpoint", "/endpoint", { name: "endpoint", route: "route", candidate: "candidate" }),
  link("Latency of the endpoint", "/latency", { endpoint: "endpoint", candidate: "candidate" }),
];

export const CANDIDATE_LINKS: readonly DataLink[] = [link("Report of the candidate", "/", { candidate: "candidate" })];

export const LATENCY_LINKS: readonly DataLink[] = [link("Slow requests", "/latency", { candidate: "candidate" })];

export function dataLinks(links: readonly DataLink[]): DashboardLinkBuilder[] {
  return links.map(({ title, url }) => external(title, url));
}

/** Links at the top of the dashboard. */
export function topLinks(): DashboardLinkBuilder[] {
  const admin = variable(ADMIN, "raw");
  return [
    external("Report", `${admin}/`),
    external("Endpoints", `${admin}/endpoints`),
    external("Live tail", `${admin}/tail`),
    external("Runs", `${admin}/runs`),
  ];
}

function external(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(true).icon("external link");
}
