import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { requireTool } from "../tools/require-tool.ts";

const SOURCE = join(import.meta.dirname, "../../deploy/prometheus");

interface Series {
  readonly series: string;
  readonly values: string;
}

function promtool(...args: string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(requireTool("promtool"), args, { encoding: "utf8" });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}

function alertNames(): string[] {
  const { groups } = parse(readFileSync(join(SOURCE, "alerts.yml"), "utf8")) as {
    groups: { rules: { alert: string }[] }[];
  };
  return groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
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
      expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining("16 rules found") });
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

  /** What promtool prints about the alerts that fire at `minute`: the test that it gets expects no alerts. */
  function outputAt(minute: number, series: readonly Series[]): string {
    const expectations = alertNames().map((alertname) => ({ eval_time: `${minute}m`, alertname, exp_alerts: [] }));
    const tests = [{ interval: "1m", input_series: series, alert_rule_test: expectations }];
    const file = join(directory, "rules.test.yml");
    writeFileSync(file, JSON.stringify({ rule_files: ["alerts.yml"], evaluation_interval: "1m", tests }));
    const { ok, output } = promtool("test", "rules", file);
    if (!ok && !/alertname:\s*\w+, time/.test(output)) throw new Error(output);
    return output;
  }

  /** The alerts that fire at `minute` for series with one value per minute. */
  function alertsAt(minute: number, series: readonly Series[]): string[] {
    return [...outputAt(minute, series).matchAll(/alertname:\s*(\w+), time/g)].map(([, name]) => name ?? "");
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
      series: 'shadowdiff_upstream_request_duration_seconds_count{instance="s:9900",route="default",role="candidate"}',
      values: "0+1000x30",
    },
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
    expect(alertsAt(25, healthy)).toEqual([]);
  });

  it.each([
    ["ShadowdiffDown", "up{", "1x20 0x10"],
    ["ShadowdiffStoreDown", "shadowdiff_store_up", "1x20 0x10"],
    ["ShadowdiffExchangesLost", "shadowdiff_store_lost_exchanges", "0x20 1x10"],
    ["ShadowdiffRequestsLost", "shadowdiff_lost_requests", "0x20 1x10"],
    ["ShadowdiffStoreFileLost", "shadowdiff_store_lost_files", "0x20 1x10"],
    ["ShadowdiffMirrorsDropped", "shadowdiff_mirror_dropped_total", "0+60x30"],
    ["ShadowdiffVerdictFail", 'shadowdiff_verdict{instance="s:9900",candidate="v2",verdict="fail"}', "0x15 1x15"],
    ["ShadowdiffBreakerOpen", "shadowdiff_breaker_open", "0x10 1x20"],
    ["ShadowdiffStoreNotWriting", "shadowdiff_store_batches_total", "0+60x10 600x20"],
    ["ShadowdiffConfigReloadFailed", "shadowdiff_config_last_reload_successful", "1x20 0x10"],
    ["ShadowdiffReplicasDiffer", 'shadowdiff_replica_config_differs{instance="s:9900",replica="t"}', "0x10 1x20"],
    ["ShadowdiffThreadsRestarting", "shadowdiff_thread_restarts_total", "0x15 1 2 3 4 5 6 7 8"],
  ])("fires only %s for its condition", (alert, series, values) => {
    expect(alertsAt(25, withValues(series, values))).toEqual([alert]);
  });

  it("fires no alert for healthy replicas", () => {
    expect(alertsAt(25, withReplica(healthy))).toEqual([]);
  });

  it.each([
    ["ShadowdiffVerdictFail", 'shadowdiff_verdict{instance="s:9900",candidate="v2",verdict="fail"}', "0x15 1x15"],
    [
      "ShadowdiffMismatchRatioHigh",
      'shadowdiff_comparisons_total{instance="s:9900",route="default",candidate="v2",result="differ"}',
      "0+20x30",
    ],
    ["ShadowdiffReplicasDiffer", 'shadowdiff_replica_config_differs{instance="s:9900",replica="t"}', "0x10 1x20"],
  ])("fires %s once for what replicas share", (alert, series, values) => {
    const output = outputAt(25, withReplica(withValues(series, values)));
    const [firing] = output.split("exp:[").slice(1);
    expect([...output.matchAll(/alertname:\s*(\w+), time/g)].map(([, name]) => name)).toEqual([alert]);
    expect(firing?.match(/alertname="/g)).toHaveLength(1);
    expect(firing).not.toContain("instance=");
  });

  it("compares the responses of all replicas with the limit of ShadowdiffMismatchRatioHigh", () => {
    const differ = 'shadowdiff_comparisons_total{instance="s:9900",route="default",candidate="v2",result="differ"}';
    const oneDiffers = (perMinute: number) => [
      ...withValues(differ, `0+${perMinute}x30`),
      ...withReplica(healthy).slice(healthy.length),
    ];
    // 1% of 2,018 and of 2,024 in a minute.
    expect([alertsAt(25, oneDiffers(11)), alertsAt(25, oneDiffers(15))]).toEqual([[], ["ShadowdiffMismatchRatioHigh"]]);
  });

  it("fires only ShadowdiffMismatchRatioHigh for its condition", () => {
    const series = 'shadowdiff_comparisons_total{instance="s:9900",route="default",candidate="v2",result="differ"}';
    expect(alertsAt(25, withValues(series, "0+20x30"))).toEqual(["ShadowdiffMismatchRatioHigh"]);
  });

  it("fires only ShadowdiffNoVerdict while the gauges of the report are missing", () => {
    const without = healthy.filter(({ series }) => !series.startsWith("shadowdiff_verdict"));
    expect(alertsAt(25, without)).toEqual(["ShadowdiffNoVerdict"]);
  });

  it("fires only ShadowdiffMirrorStalled if candidates respond and nothing is compared", () => {
    const stalled = healthy.map((each) =>
      each.series.startsWith("shadowdiff_comparisons_total") ? { ...each, values: "0+100x10 1000x20" } : each,
    );
    const withoutDrops = stalled.filter(({ series }) => !series.startsWith("shadowdiff_mirror_dropped_total"));
    expect(alertsAt(25, withoutDrops)).toEqual(["ShadowdiffMirrorStalled"]);
  });

  it("fires only ShadowdiffMirroringPaused after an hour with the kill switch", () => {
    const hours = healthy.map((each) => ({ ...each, values: each.values.replace("x30", "x90") }));
    const paused = hours.map((each) =>
      each.series.startsWith("shadowdiff_mirroring_paused") ? { ...each, values: "1x90" } : each,
    );
    const relevant = paused.filter(({ series }) => /^(up|shadowdiff_(mirroring_paused|verdict))/.test(series));
    expect([alertsAt(50, relevant), alertsAt(70, relevant)]).toEqual([[], ["ShadowdiffMirroringPaused"]]);
  });

  it("tests every alert", () => {
    const source = readFileSync(import.meta.filename, "utf8");
    expect(alertNames().filter((name) => !source.includes(`"${name}"`))).toEqual([]);
  });
});
