import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { adminBindProblem } from "../../src/admin/host-check.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { rolesOf } from "../../src/config/roles.ts";
import { unknownArguments } from "./cli.ts";
import { mountsOf, namesOf, readCompose, readText, ROOT, servicesOf, type Service } from "./compose-file.ts";

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

interface ScrapeConfig {
  readonly authorization: { readonly credentials_file: string };
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
}

/** What an instance of Prometheus scrapes, in the file that its command line names. */
function scrapedBy(name: string): readonly ScrapeConfig[] {
  const option = service(name).command?.find((argument) => argument.startsWith("--config.file=")) ?? "";
  const mount = mountsOf(service(name)).find(({ source }) => source === "./deploy/prometheus");
  const path = option.replace(`--config.file=${mount?.target}`, "deploy/prometheus");
  return (parse(readText(path)) as { scrape_configs: readonly ScrapeConfig[] }).scrape_configs;
}

/** The container ports that a service publishes. */
function publishedBy(name: string): number[] {
  return (service(name).ports ?? []).map(portOf);
}

describe("docker-compose.yml", () => {
  it("starts shadowdiff, three instances of the sample service, their traffic, Prometheus and Grafana", () => {
    expect(servicesOf(compose, "sqlite").map(([name]) => name)).toEqual([
      "sample-old",
      "sample-new",
      "sample-old-twin",
      "shadowdiff",
      "traffic",
      "prometheus",
      "grafana",
    ]);
  });

  it("starts two replicas, nginx and PostgreSQL instead with the profile postgres", () => {
    expect(servicesOf(compose, "postgres").map(([name]) => name)).toEqual([
      "sample-old",
      "sample-new",
      "sample-old-twin",
      "shadowdiff-1",
      "shadowdiff-2",
      "nginx",
      "postgres",
      "traffic",
      "prometheus-replicas",
      "grafana",
    ]);
  });

  it("selects the profile sqlite unless another one is named", () => {
    expect(readText(".env").match(/^[^#\n]+$/gm)).toEqual(["COMPOSE_PROFILES=sqlite"]);
  });

  it.each(["sqlite", "postgres"] as const)("lets the services of the profile %s find each other", (profile) => {
    const started = servicesOf(compose, profile);
    const names = started.flatMap(namesOf);
    expect(new Set(names).size).toBe(names.length);
    for (const [, { depends_on: needed = {} }] of started) {
      const missing = Object.entries(needed).filter(([name]) => !names.includes(name));
      expect(missing.filter(([, { required }]) => required !== false)).toEqual([]);
    }
    expect(names).toEqual(expect.arrayContaining(["entry", "monitoring"]));
    const published = started.flatMap(([, { ports = [] }]) => ports);
    expect(published.toSorted()).toEqual([3000, 8080, 9090, 9900].map((port) => `127.0.0.1:${port}:${port}`));
  });

  it("configures the replicas alike, by the name that the dashboard shows", () => {
    const { hostname, ...first } = service("shadowdiff-1");
    const { hostname: other, ...second } = service("shadowdiff-2");
    expect([hostname, other]).toEqual(["shadowdiff-1", "shadowdiff-2"]);
    expect(second).toEqual(first);
    expect(first.command).toEqual(service("shadowdiff").command);
  });

  it("gives the replicas the database, user and password of PostgreSQL", () => {
    const { environment = {}, secrets = [] } = service("shadowdiff-1");
    const store = new URL(environment["SHADOWDIFF_STORE"] ?? "");
    const server = service("postgres").environment ?? {};
    expect([store.protocol, store.hostname, store.port]).toEqual(["postgres:", "postgres", ""]);
    expect(store.username).toBe(server["POSTGRES_USER"]);
    expect(store.pathname).toBe(`/${server["POSTGRES_DB"]}`);
    expect(environment["SHADOWDIFF_STORE_PASSWORD_FILE"]).toBe("/run/secrets/postgres_password");
    expect(server["POSTGRES_PASSWORD_FILE"]).toBe(environment["SHADOWDIFF_STORE_PASSWORD_FILE"]);
    expect(secrets).toEqual(["admin_token", "postgres_password"]);
    expect(service("postgres").secrets).toEqual(["postgres_password"]);
    expect(JSON.stringify(service("postgres").healthcheck)).toContain(
      `"-U","${server["POSTGRES_USER"]}","-d","${server["POSTGRES_DB"]}"`,
    );
    const data = mountsOf(service("postgres")).map(({ target }) => target);
    expect(data).toEqual(["/var/lib/postgresql/data"]);
  });

  it("starts replicas with variables that the program accepts", () => {
    const flags = { primary: "http://sample-old:9001", candidate: ["http://sample-new:9001"] };
    const config = loadConfig({ flags, env: service("shadowdiff-1").environment ?? {} });
    expect(config.store.location).toMatchObject({
      engine: "postgres",
      database: "shadowdiff",
      user: "shadowdiff",
      hosts: [{ host: "postgres", port: 5432 }],
      passwordFile: "/run/secrets/postgres_password",
    });
  });

  it("builds one image, and pins the version of the others, which do not run as root", () => {
    expect(new Set(built.map(([, { build, image }]) => `${build} ${image}`))).toEqual(new Set([". shadowdiff:local"]));
    expect(existsSync(join(ROOT, "Dockerfile"))).toBe(true);
    for (const [, { image, user }] of services.filter(([, { build }]) => build === undefined)) {
      // PostgreSQL has versions of two numbers.
      expect(image).toMatch(/:v?\d+\.\d+\.\d+$|^postgres:\d+\.\d+$/);
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
    expect(unchecked).toEqual(["shadowdiff", "shadowdiff-1", "shadowdiff-2"]);
    const disabled = services.filter(([, { healthcheck }]) => isDisabled(healthcheck)).map(([name]) => name);
    expect(disabled).toEqual(["traffic"]);
    expect(services.flatMap(([, definition]) => Object.keys(definition.depends_on ?? {}))).not.toContain("traffic");
    expect(readText("Dockerfile")).toContain("/readyz");
  });

  it("keeps the token and the password out of the repository, in an existing folder", () => {
    expect(Object.keys(compose.secrets)).toEqual(["admin_token", "postgres_password"]);
    for (const { file: secret } of Object.values(compose.secrets)) {
      expect(existsSync(join(ROOT, dirname(secret)))).toBe(true);
      expect(readText(join(dirname(secret), ".gitignore")).split("\n")).toContain("*");
      expect(readText("docker-compose.yml")).toContain(`> ${secret.replace("./", "")})`);
    }
  });

  it("gives the same token to shadowdiff and Prometheus, at the configured path", () => {
    expect(service("shadowdiff").secrets).toEqual(["admin_token"]);
    expect(file.admin.tokenFile).toBe("/run/secrets/admin_token");
    for (const name of ["prometheus", "prometheus-replicas"]) {
      expect(service(name).secrets).toEqual(["admin_token"]);
      const jobs = scrapedBy(name);
      expect(jobs.map((job) => job.authorization.credentials_file)).toEqual([file.admin.tokenFile]);
    }
  });

  it("uses commands and flags that the program accepts", async () => {
    const unknown = await Promise.all(built.map(([, { command }]) => unknownArguments(command ?? [])));
    expect(unknown.flat()).toEqual([]);
  });

  it("mounts a shadowdiff.yaml that the program accepts", () => {
    const target = service("shadowdiff").command?.at(-1) ?? "";
    expect(mountsOf(service("shadowdiff"))).toContainEqual({ source: "./deploy/compose/shadowdiff.yaml", target });
    const token = join(mkdtempSync(join(tmpdir(), "compose-")), "token");
    writeFileSync(token, "0123456789abcdef0123456789abcdef\n");
    // The configured token path exists only in the container.
    const text = readText("deploy/compose/shadowdiff.yaml").replace(file.admin.tokenFile, token);
    const config = loadConfig({ file: { path: "shadowdiff.yaml", text }, flags: {}, env: {} });
    rmSync(dirname(token), { recursive: true });
    expect(config.admin).toMatchObject({
      token: "0123456789abcdef0123456789abcdef",
      allowedHosts: file.admin.allowedHosts,
    });
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
    expect([hostname, Number(port)]).toEqual(["entry", portOf(file.listen)]);
    for (const name of ["shadowdiff", "nginx"]) expect(namesOf([name, service(name)])).toEqual([name, "entry"]);
    expect(Number(command[command.indexOf("--per-second") + 1])).toBeLessThanOrEqual(50);
  });

  it("lets Prometheus use host names that the admin listener allows", () => {
    const targets = ["prometheus", "prometheus-replicas"].map((name) =>
      scrapedBy(name).flatMap(({ static_configs: configs }) => configs.flatMap((config) => config.targets)),
    );
    const port = portOf(file.admin.listen);
    expect(targets).toEqual([[`shadowdiff:${port}`], [`shadowdiff-1:${port}`, `shadowdiff-2:${port}`]]);
    expect(targets.flat()).toEqual(file.admin.allowedHosts.map((name) => `${name}:${port}`));
    expect(file.admin.allowedHosts.filter((name) => !(name in compose.services))).toEqual([]);
  });

  it("lets Grafana find Prometheus, its provisioning and the dashboard", () => {
    const { datasources } = parse(readText("deploy/grafana/provisioning/datasources/prometheus.yml")) as {
      datasources: { url: string }[];
    };
    const urls = datasources.map(({ url }) => new URL(url));
    expect(urls.map(({ hostname, port }) => ({ hostname, port: Number(port) }))).toEqual([
      { hostname: "monitoring", port: publishedBy("prometheus")[0] },
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
