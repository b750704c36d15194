import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildDashboard } from "./dashboard.ts";
import { withRunbookAt } from "./runbook-links.ts";

/**
 * Writes the dashboard. With `--docs URL`, the runbook links of the alerts lead to where the repository is published instead of
 * naming paths in it.
 */

const DEPLOY = join(import.meta.dirname, "../..");
const DASHBOARD = join(DEPLOY, "grafana/dashboards/shadowdiff.json");
const ALERTS = join(DEPLOY, "prometheus/alerts.yml");
const { values } = parseArgs({ options: { docs: { type: "string" } } });

writeFileSync(DASHBOARD, `${JSON.stringify(buildDashboard(), null, 2)}\n`);
// Here and not in the npm script, whose last command gets the arguments.
execFileSync("npx", ["oxfmt", DASHBOARD], { stdio: "inherit" });
if (values.docs !== undefined) {
  writeFileSync(ALERTS, withRunbookAt(readFileSync(ALERTS, "utf8"), values.docs));
}
