import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { adminBindProblem } from "../../src/admin/host-check.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { rolesOf } from "../../src/config/roles.ts";
import { unknownArguments } from "./cli.ts";
import { mountsOf, readCompose, readText, ROOT, type Service } from "./compose-file.ts";

interface ShadowdiffFile {
  readonly listen: string;
  readonly admin: { readonly listen: string; readonly tokenFile: string; readonly allowedHosts: readonly string[] };
  readonly store: string;
  readonly subsets: Readonly<Record<string, { readonly url: string }>>;
}

const compose = readCompose();
const services = Object.entries(compose.services);
const built = services.filter(([, { build }]) => build !== undefined);
const file = parse(readText("deploy/compose/shadowdiff.yaml")) as ShadowdiffFile;

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

function isHostPath(source: string): boolean {
  return source.startsWith(".");
}

function isDisabled(healthcheck: Service["healthcheck"]): boolean {
  return healthcheck !== undefined && "disable" in healthcheck;
}

/** The container ports that a service publishes. */
function publishedBy(name: string): number[] {
  return (service(name).ports ?? []).map(portOf);
}

describe("docker-compose.yml", () => {
  it("starts shadowdiff, three instances of the sample service, their traffic, Prometheus and Grafana", () => {
    expect(services.map(([name]) => name)).toEqual([
      "sample-old",
      "sample-new",
      "sample-old-twin",
      "shadowdiff",
      "traffic",
      "prometheus",
      "grafana",
    ]);
  });

  it("builds one image, and pins the version of the others, which do not run as root", () => {
    expect(new Set(built.map(([, { build, image }]) => `${build} ${image}`))).toEqual(new Set([". shadowdiff:local"]));
    expect(existsSync(join(ROOT, "Dockerfile"))).toBe(true);
    for (const [, { image, user }] of services.filter(([, { build }]) => build === undefined)) {
      expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
      expect(user).toMatch(/^[1-9]\d*:\d+$/);
    }
  });

  it("refers only to files, volumes, secrets and services that exist", () => {
    const mounts = services.flatMap(([, definition]) => mountsOf(definition));
    const sources = mounts.map(({ source }) => source);
    expect(sources.filter((source) => isHostPath(source) && !existsSync(join(ROOT, source)))).toEqual([]);
    expect(new Set(sources.filter((source) => !isHostPath(source)))).toEqual(new Set(Object.keys(compose.volumes)));
    const secrets = services.flatMap(([, definition]) => definition.secrets ?? []);
    expect(new Set(secrets)).toEqual(new Set(Object.keys(compose.secrets)));
    const needed = services.flatMap(([, definition]) => Object.keys(definition.depends_on ?? {}));
    expect(needed.filter((name) => !(name in compose.services))).toEqual([]);
  });

  it("waits only for services with a health check, which the Dockerfile defines for shadowdiff", () => {
    const unchecked = services.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name);
    expect(unchecked).toEqual(["shadowdiff"]);
    const disabled = services.filter(([, { healthcheck }]) => isDisabled(healthcheck)).map(([name]) => name);
    expect(disabled).toEqual(["traffic"]);
    expect(services.flatMap(([, definition]) => Object.keys(definition.depends_on ?? {}))).not.toContain("traffic");
    expect(readText("Dockerfile")).toContain("/readyz");
  });

  it("keeps the token out of the repository, in an existing folder", () => {
    const { file: token = "" } = compose.secrets["admin_token"] ?? {};
    expect(existsSync(join(ROOT, dirname(token)))).toBe(true);
    expect(readText(join(dirname(token), ".gitignore")).split("\n")).toContain("*");
    expect(readText("docker-compose.yml")).toContain(`> ${token.replace("./", "")})`);
  });

  it("gives the same token to shadowdiff and Prometheus, at the configured path", () => {
    const prometheus = parse(readText("deploy/prometheus/prometheus.yml")) as {
      scrape_configs: { authorization: { credentials_file: string } }[];
    };
    expect(service("shadowdiff").secrets).toEqual(["admin_token"]);
    expect(service("prometheus").secrets).toEqual(["admin_token"]);
    expect(file.admin.tokenFile).toBe("/run/secrets/admin_token");
    expect(prometheus.scrape_configs.map((job) => job.authorization.credentials_file)).toEqual([file.admin.tokenFile]);
  });

  it("uses commands and flags that the program accepts", async () => {
    const unknown = await Promise.all(built.map(([, { command }]) => unknownArguments(command ?? [])));
    expect(unknown.flat()).toEqual([]);
  }, 60_000);

  it("mounts a shadowdiff.yaml that the program accepts", () => {
    const target = service("shadowdiff").command?.at(-1) ?? "";
    expect(mountsOf(service("shadowdiff"))).toContainEqual({ source: "./deploy/compose/shadowdiff.yaml", target });
    const token = join(mkdtempSync(join(tmpdir(), "compose-")), "token");
    writeFileSync(token, "0123456789abcdef0123456789abcdef\n");
    // The configured token path exists only in the container.
    const text = readText("deploy/compose/shadowdiff.yaml").replace(file.admin.tokenFile, token);
    const config = loadConfig({ file: { path: "shadowdiff.yaml", text }, flags: {}, env: {} });
    rmSync(dirname(token), { recursive: true });
    expect(config.admin).toMatchObject({ token: "0123456789abcdef0123456789abcdef", allowedHosts: ["shadowdiff"] });
    expect(adminBindProblem(config.admin)).toBeUndefined();
    expect(rolesOf(config.routes).candidates.flatMap(({ urls }) => urls)).toEqual(["http://sample-new:9001"]);
  });

  it("points shadowdiff at the sample services, and keeps its store in a volume", () => {
    for (const { url } of Object.values(file.subsets)) {
      const { hostname, port } = new URL(url);
      expect(service(hostname).command?.slice(-2)).toEqual(["--port", port]);
      expect(JSON.stringify(service(hostname).healthcheck)).toContain(`:${port}/`);
    }
    expect(Object.values(file.subsets).map(({ url }) => new URL(url).hostname)).toEqual([
      "sample-old",
      "sample-new",
      "sample-old-twin",
    ]);
    const volume = mountsOf(service("shadowdiff")).find(({ source }) => source === "store");
    expect(file.store).toBe(`sqlite:${volume?.target}/shadowdiff.db`);
    expect(publishedBy("shadowdiff")).toEqual([portOf(file.listen), portOf(file.admin.listen)]);
  });

  it("sends traffic to the proxy at a bounded rate", () => {
    const { command = [] } = service("traffic");
    const { hostname, port } = new URL(command[command.indexOf("--url") + 1] ?? "");
    expect([hostname, Number(port)]).toEqual(["shadowdiff", portOf(file.listen)]);
    expect(Number(command[command.indexOf("--per-second") + 1])).toBeLessThanOrEqual(50);
  });

  it("lets Prometheus use a host name that the admin listener allows", () => {
    const { scrape_configs: jobs } = parse(readText("deploy/prometheus/prometheus.yml")) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap(({ static_configs: configs }) => configs.flatMap((config) => config.targets));
    expect(targets).toEqual([`shadowdiff:${portOf(file.admin.listen)}`]);
    expect(file.admin.allowedHosts).toEqual(["shadowdiff"]);
    const config = service("prometheus").command?.find((argument) => argument.startsWith("--config.file="));
    const mount = mountsOf(service("prometheus")).find(({ source }) => source === "./deploy/prometheus");
    expect(config).toBe(`--config.file=${mount?.target}/prometheus.yml`);
  });

  it("lets Grafana find Prometheus, its provisioning and the dashboard", () => {
    const { datasources } = parse(readText("deploy/grafana/provisioning/datasources/prometheus.yml")) as {
      datasources: { url: string }[];
    };
    const urls = datasources.map(({ url }) => new URL(url));
    expect(urls.map(({ hostname, port }) => ({ hostname, port: Number(port) }))).toEqual([
      { hostname: "prometheus", port: publishedBy("prometheus")[0] },
    ]);
    const { providers } = parse(readText("deploy/grafana/provisioning/dashboards/shadowdiff.yml")) as {
      providers: { options: { path: string } }[];
    };
    const mounts = mountsOf(service("grafana"));
    expect(mounts).toContainEqual({ source: "./deploy/grafana/provisioning", target: "/etc/grafana/provisioning" });
    expect(mounts).toContainEqual({ source: "./deploy/grafana/dashboards", target: providers[0]?.options.path });
    expect(service("grafana").environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).toBe(
      `${providers[0]?.options.path}/shadowdiff.json`,
    );
  });
});
