import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { ADMIN } from "./links.ts";
import { DATASOURCE } from "./panels.ts";
import { UPSTREAM } from "./promql.ts";

/** Where the dashboard of shadowdiff is with the compose file. */
const DEFAULT_ADMIN_URL = "http://127.0.0.1:9900";

function labelVariable(name: string, label: string, selector: string): QueryVariableBuilder {
  const query = `label_values(${selector}, ${name})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .definition(query)
    .query({ qryType: 1, query, refId: "PrometheusVariableQueryEditor-VariableQuery" })
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ["All"], value: ["$__all"] })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** In this order: a variable can depend on those before it. */
export function variables(): readonly Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    // Series of all replicas are added up by default, also of those that come and go.
    labelVariable("instance", "Instance", "shadowdiff_build_info").allValue(".+"),
    labelVariable(
      "route",
      "Route",
      '{__name__=~"shadowdiff_(upstream|compared)_request_duration_seconds_count", instance=~"$instance"}',
    ),
    labelVariable("candidate", "Candidate", 'shadowdiff_comparisons_total{instance=~"$instance"}'),
    labelVariable("subset", "Version", `${UPSTREAM}_count{route=~"$route", instance=~"$instance"}`),
    labelVariable("role", "Role", `${UPSTREAM}_count{route=~"$route", subset=~"$subset", instance=~"$instance"}`),
    new TextBoxVariableBuilder(ADMIN)
      .label("shadowdiff")
      .description("URL of shadowdiff's own dashboard, into which the links lead.")
      .defaultValue(DEFAULT_ADMIN_URL)
      .current({ selected: true, text: DEFAULT_ADMIN_URL, value: DEFAULT_ADMIN_URL }),
  ];
}
