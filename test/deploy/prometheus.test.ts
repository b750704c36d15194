import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { withRunbookAt } from "../../deploy/grafana/src/runbook-links.ts";
import { requireTool } from "../tools/require-tool.ts";
import { readText } from "./compose-file.ts";

const SOURCE = join(import.meta.dirname, "../../deploy/prometheus");

const UPSTREAM = "shadowdiff_upstream_request_duration_seconds_count";

interface Series {
  readonly series: string;
  readonly values: string;
}

function promtool(...args: string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(requireTool("promtool"), args, { encoding: "utf8" });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}

function requests(code: number): string {
  return `shadowdiff_requests_total{instance="s:9900",route="default",method="GET",code="${code}"}`;
}

function upstream(role: string, code: number): string {
  return `${UPSTREAM}{instance="s:9900",route="default",role="${role}",subset="v2",code="${code}"}`;
}

/** `1h10m` or `25m` */
function minuteOf(duration: string): number {
  const [, hours = "0", minutes = "0"] = /^(?:(\d+)h)?(?:(\d+)m)?/.exec(duration) ?? [];
  return Number(hours) * 60 + Number(minutes);
}

interface AlertRule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

function alertRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(join(SOURCE, "alerts.yml"), "utf8")) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

function urlsOf(alerts: string): readonly string[] {
  return alerts.match(/(?<=runbook_url: ).*/g) ?? [];
}

function alertNames(): string[] {
  return alertRules().map(({ alert }) => alert);
}

describe("deploy/prometheus", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "prometheus-config-"));
    cpSync(SOURCE, directory, { recursive: true });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("is a valid configuration with valid rules", () => {
    const token = join(directory, "token");
    writeFileSync(token, "secret");
    for (const name of ["prometheus.yml", "replicas.yml"]) {
      const config = readFileSync(join(SOURCE, name), "utf8");
      expect(config).toContain("credentials_file: /run/secrets/admin_token\n");
      // promtool requires the token file, whose configured path exists only in the container.
      writeFileSync(join(directory, name), config.replace("/run/secrets/admin_token", token));
      const { ok, output } = promtool("check", "config", join(directory, name));
      expect({ ok, output }).toEqual({
        ok: true,
        output: expect.stringContaining(`${alertNames().length} rules found`),
      });
    }
  });

  it("scrapes replicas as often as a single instance, and watches them with the same alerts", () => {
    const [single, replicas] = ["prometheus.yml", "replicas.yml"].map((name) => {
      const { scrape_configs: jobs, ...rest } = parse(readFileSync(join(SOURCE, name), "utf8")) as {
        scrape_configs: { static_configs: unknown }[];
      };
      return { ...rest, jobs: jobs.map((job) => ({ ...job, static_configs: null })) };
    });
    expect(replicas).toEqual(single);
  });

  /** What promtool prints about the alerts that fire at these minutes: the test that it gets expects no alerts. */
  function outputAt(minutes: readonly number[], series: readonly Series[]): string {
    const expectations = minutes.flatMap((minute) =>
      alertNames().map((alertname) => ({ eval_time: `${minute}m`, alertname, exp_alerts: [] })),
    );
    const tests = [{ interval: "1m", input_series: series, alert_rule_test: expectations }];
    const file = join(directory, "rules.test.yml");
    writeFileSync(file, JSON.stringify({ rule_files: ["alerts.yml"], evaluation_interval: "1m", tests }));
    const { ok, output } = promtool("test", "rules", file);
    if (!ok && !/alertname:\s*\w+, time/.test(output)) throw new Error(output);
    return output;
  }

  /** The alerts that fire at each of these minutes for series with one value per minute. */
  function alertsAt(minutes: readonly number[], series: readonly Series[]): string[][] {
    const firing = [...outputAt(minutes, series).matchAll(/alertname:\s*(\w+), time:\s*([\dhm]+)/g)];
    return minutes.map((minute) =>
      firing.flatMap(([, name = "", time = ""]) => (minuteOf(time) === minute ? [name] : [])),
    );
  }

  const up = { series: 'up{job="shadowdiff", instance="s:9900"}', values: "1x30" };
  const healthy: readonly Series[] = [
    up,
    { series: 'shadowdiff_store_up{instance="s:9900"}', values: "1x30" },
    { series: 'shadowdiff_store_lost_exchanges_total{instance="s:9900"}', values: "0x30" },
    { series: 'shadowdiff_lost_requests_total{instance="s:9900"}', values: "0x30" },
    { series: 'shadowdiff_store_lost_files_total{instance="s:9900"}', values: "0x30" },
    { series: 'shadowdiff_thread_restarts_total{instance="s:9900",thread="compare-0"}', values: "0 1x29" },
    {
      series: 'shadowdiff_comparisons_total{instance="s:9900",route="default",candidate="v2",result="match"}',
      values: "0+1000x30",
    },
    {
      series: 'shadowdiff_comparisons_total{instance="s:9900",route="default",candidate="v2",result="differ"}',
      values: "0+9x30",
    },
    {
      series: 'shadowdiff_mirror_dropped_total{instance="s:9900",candidate="v2",reason="inflight"}',
      values: "0+40x30",
    },
    { series: 'shadowdiff_verdict{instance="s:9900",candidate="v2",verdict="pass"}', values: "1x30" },
    { series: 'shadowdiff_verdict{instance="s:9900",candidate="v2",verdict="fail"}', values: "0x30" },
    { series: 'shadowdiff_verdict{instance="s:9900",candidate="v2",verdict="inconclusive"}', values: "0x30" },
    {
      series: `${UPSTREAM}{instance="s:9900",route="default",role="candidate",subset="v2",code="200"}`,
      values: "0+1000x30",
    },
    {
      series: `${UPSTREAM}{instance="s:9900",route="default",role="candidate",subset="v2",code="0"}`,
      values: "0+500x30",
    },
    {
      series: 'shadowdiff_requests_total{instance="s:9900",route="default",method="GET",code="200"}',
      values: "0+2000x30",
    },
    {
      series: 'shadowdiff_requests_total{instance="s:9900",route="default",method="GET",code="502"}',
      values: "0+40x30",
    },
    {
      series: 'shadowdiff_requests_total{instance="s:9900",route="default",method="GET",code="504"}',
      values: "0+40x30",
    },
    { series: 'shadowdiff_event_loop_active_seconds_total{instance="s:9900",thread="proxy-0"}', values: "0+50x30" },
    { series: 'shadowdiff_event_loop_active_seconds_total{instance="s:9900",thread="compare-0"}', values: "0+60x30" },
    { series: 'shadowdiff_replicas{instance="s:9900",state="live"}', values: "2x30" },
    { series: 'shadowdiff_replicas{instance="s:9900",state="lost"}', values: "3x30" },
    { series: 'shadowdiff_breaker_open{instance="s:9900",route="default",candidate="v2"}', values: "0x30" },
    { series: 'shadowdiff_store_pending_batches{instance="s:9900"}', values: "3x30" },
    { series: 'shadowdiff_store_batches_total{instance="s:9900"}', values: "0+60x30" },
    { series: 'shadowdiff_config_last_reload_successful{instance="s:9900"}', values: "1x30" },
    { series: 'shadowdiff_mirroring_paused{instance="s:9900"}', values: "0x90" },
    { series: 'shadowdiff_replica_config_differs{instance="s:9900",replica="s"}', values: "0x30" },
    { series: 'shadowdiff_replica_config_differs{instance="s:9900",replica="t"}', values: "0x30" },
  ];

  /** The same series of a second replica, with which the first one shares its store. */
  function withReplica(series: readonly Series[]): readonly Series[] {
    return [...series, ...series.map((each) => ({ ...each, series: each.series.replace("s:9900", "t:9900") }))];
  }

  /** The healthy series with other values for one of them. */
  function withValues(start: string, values: string): readonly Series[] {
    expect(healthy.filter(({ series }) => series.startsWith(start))).toHaveLength(1);
    return healthy.map((each) => (each.series.startsWith(start) ? { ...each, values } : each));
  }

  it("fires no alert for a healthy instance", () => {
    expect(alertsAt([25], healthy)).toEqual([[]]);
  });

  const differ = 'shadowdiff_comparisons_total{instance="s:9900",route="default",candidate="v2",result="differ"}';
  const verdictFail = 'shadowdiff_verdict{instance="s:9900",candidate="v2",verdict="fail"}';

  /** With the minute at which it does not fire yet: before `for` has passed, or just below the limit. */
  it.each([
    ["ShadowdiffDown", "up{", "1x20 0x10", 21],
    ["ShadowdiffPrimaryFailing", requests(502), "0+60x12 790+70x17", 12],
    ["ShadowdiffPrimaryFailing", requests(504), "0+60x12 790+70x17", 12],
    ["ShadowdiffCandidateDown", upstream("candidate", 0), "0+990x12 12890+1010x17", 12],
    ["ShadowdiffStoreDown", "shadowdiff_store_up", "1x20 0x10", 21],
    ["ShadowdiffExchangesLost", "shadowdiff_store_lost_exchanges", "0x20 1x10", 20],
    ["ShadowdiffRequestsLost", "shadowdiff_lost_requests", "0x20 1x10", 20],
    ["ShadowdiffStoreFileLost", "shadowdiff_store_lost_files", "0x20 1x10", 20],
    ["ShadowdiffMirrorsDropped", "shadowdiff_mirror_dropped_total", "0+50x12 660+60x17", 12],
    ["ShadowdiffVerdictFail", verdictFail, "0x20 1x9", 21],
    ["ShadowdiffBreakerOpen", "shadowdiff_breaker_open", "0x10 1x20", 15],
    ["ShadowdiffStoreNotWriting", "shadowdiff_store_batches_total", "0+60x10 600x20", 18],
    ["ShadowdiffConfigReloadFailed", "shadowdiff_config_last_reload_successful", "1x20 0x10", 21],
    ["ShadowdiffReplicasDiffer", 'shadowdiff_replica_config_differs{instance="s:9900",replica="t"}', "0x10 1x20", 20],
    ["ShadowdiffReplicaLost", 'shadowdiff_replicas{instance="s:9900",state="lost"}', "3x20 4x10", 20],
    ["ShadowdiffThreadsRestarting", "shadowdiff_thread_restarts_total", "0x15 1 2 3 4 5 6 7 8", 17],
    [
      "ShadowdiffProxyThreadsBusy",
      'shadowdiff_event_loop_active_seconds_total{instance="s:9900",thread="proxy-0"}',
      "0+53x11 638+55x18",
      11,
    ],
    ["ShadowdiffMismatchRatioHigh", differ, "0+10x11 121+11x18", 11],
  ])("fires only %s for its condition, and not just before", (alert, series, values, calm) => {
    const all = withValues(series, values);
    expect(alertsAt([calm, 25], all)).toEqual([[], [alert]]);
  });

  it("fires no alert for healthy replicas", () => {
    expect(alertsAt([25], withReplica(healthy))).toEqual([[]]);
  });

  it.each([
    ["ShadowdiffVerdictFail", verdictFail, "0x15 1x15"],
    ["ShadowdiffMismatchRatioHigh", differ, "0+20x30"],
    ["ShadowdiffCandidateDown", upstream("candidate", 0), "0+1010x30"],
    ["ShadowdiffReplicasDiffer", 'shadowdiff_replica_config_differs{instance="s:9900",replica="t"}', "0x10 1x20"],
    ["ShadowdiffReplicaLost", 'shadowdiff_replicas{instance="s:9900",state="lost"}', "3x20 4x10"],
  ])("fires %s once for what replicas share", (alert, series, values) => {
    const output = outputAt([25], withReplica(withValues(series, values)));
    const [firing] = output.split("exp:[").slice(1);
    expect([...output.matchAll(/alertname:\s*(\w+), time/g)].map(([, name]) => name)).toEqual([alert]);
    expect(firing?.match(/alertname="/g)).toHaveLength(1);
    expect(firing).not.toContain("instance=");
  });

  it("compares the responses of all replicas with the limit of ShadowdiffMismatchRatioHigh", () => {
    // 1% of 2,018 and of 2,024 in a minute.
    const oneDiffers = withValues(differ, "0+11x11 136+15x18").concat(withReplica(healthy).slice(healthy.length));
    expect(alertsAt([11, 25], oneDiffers)).toEqual([[], ["ShadowdiffMismatchRatioHigh"]]);
  });

  it("fires only ShadowdiffAbsent when no target has been scraped for five minutes", () => {
    const gone = healthy.map((each) => (each === up ? { ...up, values: "1x19 stale" } : each));
    expect(alertsAt([24, 25], gone)).toEqual([[], ["ShadowdiffAbsent"]]);
  });

  it("fires only ShadowdiffNoVerdict while the gauges of the report are missing", () => {
    const without = healthy.filter(({ series }) => !series.startsWith("shadowdiff_verdict"));
    expect(alertsAt([4, 25], without)).toEqual([[], ["ShadowdiffNoVerdict"]]);
  });

  it("fires only ShadowdiffMirrorStalled if candidates respond and nothing is compared", () => {
    const stalled = healthy.map((each) =>
      each.series.startsWith("shadowdiff_comparisons_total") ? { ...each, values: "0+100x10 1000x20" } : each,
    );
    const withoutDrops = stalled.filter(({ series }) => !series.startsWith("shadowdiff_mirror_dropped_total"));
    expect(alertsAt([18, 25], withoutDrops)).toEqual([[], ["ShadowdiffMirrorStalled"]]);
  });

  it("fires only ShadowdiffMirroringPaused after an hour with the kill switch", () => {
    const hours = healthy.map((each) => ({ ...each, values: each.values.replace("x30", "x90") }));
    const paused = hours.map((each) =>
      each.series.startsWith("shadowdiff_mirroring_paused") ? { ...each, values: "1x90" } : each,
    );
    const relevant = paused.filter(({ series }) => /^(up|shadowdiff_(mirroring_paused|verdict))/.test(series));
    expect(alertsAt([50, 70], relevant)).toEqual([[], ["ShadowdiffMirroringPaused"]]);
  });

  it("has a severity, a summary, a description and an entry in the runbook for every alert", () => {
    const runbook = readText("docs/runbook.md");
    const headings = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading ?? "");
    expect(headings.toSorted()).toEqual(alertNames().toSorted());
    for (const { alert, labels, annotations } of alertRules()) {
      expect(labels.severity).toMatch(/^(critical|warning|info)$/);
      expect(annotations).toEqual({
        summary: expect.stringMatching(/^\S.{10,60}[^.]$/),
        description: expect.stringMatching(/^\S.{20,}\.$/),
        runbook_url: `docs/runbook.md#${alert.toLowerCase()}`,
      });
      const entry = runbook.split(`### ${alert}\n`)[1]?.split(/^##/m)[0] ?? "";
      for (const part of ["**Meaning.**", "**Look at**", "**Remedy.**"]) expect(entry).toContain(part);
    }
  });

  it("links to where the repository is published, as often as that changes", () => {
    const alerts = readText("deploy/prometheus/alerts.yml");
    const once = withRunbookAt(alerts, "https://git.test/one/");
    const twice = withRunbookAt(once, "https://git.test/two");
    expect(urlsOf(twice)).toEqual(urlsOf(alerts).map((path) => `https://git.test/two/${path}`));
    expect(urlsOf(twice)).toHaveLength(alertNames().length);
    // The arguments of an npm script go to its last command.
    const { scripts } = JSON.parse(readText("package.json")) as { scripts: Readonly<Record<string, string>> };
    expect(scripts["grafana"]).toBe("node deploy/grafana/src/generate.ts");
  });

  it("tests every alert", () => {
    const source = readFileSync(import.meta.filename, "utf8");
    expect(alertNames().filter((name) => !source.includes(`"${name}"`))).toEqual([]);
  });
});
