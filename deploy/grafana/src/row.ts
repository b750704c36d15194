import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";

/** A section of the dashboard. */
export interface Row {
  readonly title: string;
  /** From left to right; a new line begins after 24 columns. */
  readonly panels: readonly Builder<Panel>[];
}
