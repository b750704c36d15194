import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { annotations } from "./annotations.ts";
import { topLinks } from "./links.ts";
import { ALL_DURATION_ROW, COMPARED_DURATION_ROW } from "./rows/duration-rows.ts";
import { ENDPOINT_ROW } from "./rows/endpoint-row.ts";
import { NOW_ROW } from "./rows/now-row.ts";
import { PROCESS_ROW } from "./rows/process-row.ts";
import { REPORT_ROW } from "./rows/report-row.ts";
import { MIRROR_ROW, TRAFFIC_ROW } from "./rows/traffic-rows.ts";
import type { Row } from "./row.ts";
import { variables } from "./variables.ts";

/** From top to bottom. */
const ROWS: readonly Row[] = [
  REPORT_ROW,
  NOW_ROW,
  COMPARED_DURATION_ROW,
  ENDPOINT_ROW,
  ALL_DURATION_ROW,
  TRAFFIC_ROW,
  MIRROR_ROW,
  PROCESS_ROW,
];

/** The dashboard as a JSON document of Grafana. */
export function buildDashboard(): Dashboard {
  const builder = new DashboardBuilder("shadowdiff")
    .uid("shadowdiff")
    .description(
      "The verdict about a candidate and the report behind it, its latency next to the primary's, and the state of shadowdiff itself.",
    )
    .tags(["shadowdiff"])
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh("10s")
    .timezone("browser")
    .time({ from: "now-30m", to: "now" })
    .links(topLinks())
    .annotations([...annotations()])
    .variables([...variables()]);
  for (const { title, panels } of ROWS) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  // In order, because links and alerts can name a panel by its id.
  return { ...dashboard, panels: dashboard.panels?.map((panel, index) => ({ ...panel, id: index + 1 })) ?? [] };
}
