import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { requireTool } from "./require-tool.ts";

const PATIENCE_MS = 60_000;
const POLL_MS = 50;

/** One series of an instant vector. */
export interface VectorSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface SeriesExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
}

export interface Prometheus {
  readonly url: string;
  /** Runs an instant query. @throws with the error message of Prometheus */
  query(expression: string): Promise<readonly VectorSample[]>;
  /** The exemplars of the matching series, of the last hour. */
  exemplars(selector: string): Promise<readonly SeriesExemplars[]>;
  /** The values of a label in the matching series, like `label_values` in Grafana. */
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * Starts Prometheus on a free port. It scrapes `http://<target>/metrics` every second and stores data in a temporary directory.
 * @param options.target host:port, of one or several instances
 * @param options.tokenFile file with the bearer token of the target
 */
export async function startPrometheus(options: {
  readonly target: string | readonly string[];
  readonly tokenFile?: string | undefined;
}): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), "prometheus-"));
  const config = join(directory, "prometheus.yml");
  const authorization =
    options.tokenFile === undefined ? {} : { authorization: { credentials_file: options.tokenFile } };
  const job = { job_name: "shadowdiff", static_configs: [{ targets: [options.target].flat() }], ...authorization };
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ global: { scrape_interval: "1s", scrape_timeout: "1s" }, scrape_configs: [job] }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    requireTool("prometheus"),
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
      "--enable-feature=exemplar-storage",
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  await waitUntilReady(`${url}/-/ready`, child);

  async function api(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const result = (await response.json()) as { status: string; data?: unknown; error?: string };
    if (result.status !== "success") throw new Error(`${result.error}: ${Object.values(parameters).join(" ")}`);
    return result.data;
  }

  return {
    url,
    async query(expression) {
      const data = (await api("query", { query: expression })) as QueryData;
      if (data.resultType !== "vector") throw new Error(`expected a vector, not a ${data.resultType}: ${expression}`);
      return data.result.map(({ metric, value }) => ({ metric, value: parseNumber(value[1]) }));
    },
    async exemplars(selector) {
      const now = Date.now() / 1000;
      const range = { start: String(now - 3_600), end: String(now + 60) };
      return (await api("query_exemplars", { query: selector, ...range })) as readonly SeriesExemplars[];
    },
    labelValues: async (label, selector) =>
      (await api(`label/${label}/values`, { "match[]": selector })) as readonly string[],
    async stop() {
      const exit = once(child, "exit");
      if (child.exitCode === null && child.kill("SIGTERM")) await exit;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface QueryData {
  readonly resultType: string;
  readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
}

/** Prometheus sends numbers as text, to represent NaN and Inf. */
function parseNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const exitCode = child.exitCode;
  child.kill("SIGKILL");
  throw new Error(exitCode === null ? "Prometheus did not become ready" : `Prometheus ended with ${exitCode}`);
}
