import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { requireTool } from "./require-tool.ts";

const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** One series of an instant vector. Prometheus writes numbers as text, so that NaN and Inf can be told. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly url: string;
  /** An instant query. @throws with Prometheus' own words when it refuses the expression */
  query(expression: string): Promise<readonly Sample[]>;
  /** Values of a label over the series that match, as Grafana's `label_values` asks for. */
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * Starts Debian's Prometheus on a free port, scraping `http://<target>/metrics` each second into a directory of its own.
 * @param options.target host:port
 * @param options.tokenFile holds the bearer token that the target wants
 */
export async function startPrometheus(options: {
  readonly target: string;
  readonly tokenFile?: string | undefined;
}): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), "prometheus-"));
  const config = join(directory, "prometheus.yml");
  const authorization =
    options.tokenFile === undefined ? {} : { authorization: { credentials_file: options.tokenFile } };
  const job = { job_name: "shadowdiff", static_configs: [{ targets: [options.target] }], ...authorization };
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
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  await ready(`${url}/-/ready`, child);

  async function api(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; data?: unknown; error?: string };
    if (answer.status !== "success") throw new Error(`${answer.error}: ${Object.values(parameters).join(" ")}`);
    return answer.data;
  }

  return {
    url,
    async query(expression) {
      const data = (await api("query", { query: expression })) as QueryData;
      if (data.resultType !== "vector") throw new Error(`a ${data.resultType}, no vector: ${expression}`);
      return data.result.map(({ metric, value }) => ({ metric, value: parseNumber(value[1]) }));
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

function parseNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

async function ready(url: string, child: ChildProcess): Promise<void> {
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
