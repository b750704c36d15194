import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildDashboard } from "./dashboard.ts";

/**
 * Writes the dashboard. With `--docs URL`, the runbook links of the alerts lead to where the repository is published instead of
 * naming paths in it.
 */

const DEPLOY = join(import.meta.dirname, "../..");
const DASHBOARD = join(DEPLOY, "grafana/dashboards/shadowdiff.json");
const ALERTS = join(DEPLOY, "prometheus/alerts.yml");
const RUNBOOK_LINK = /^(\s+runbook_url: ).*docs\/runbook\.md#/gm;

const { values } = parseArgs({ options: { docs: { type: "string" } } });

writeFileSync(DASHBOARD, `${JSON.stringify(buildDashboard(), null, 2)}\n`);
if (values.docs !== undefined) {
  const base = values.docs.replace(/\/*$/, "");
  writeFileSync(
    ALERTS,
    readFileSync(ALERTS, "utf8").replaceAll(RUNBOOK_LINK, (_, key: string) => `${key}${base}/docs/runbook.md#`),
  );
}
