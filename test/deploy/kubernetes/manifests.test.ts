import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { adminBindProblem, isAllowedHost } from "../../../src/admin/host-check.ts";
import { loadWithWarnings } from "../../../src/config/load-config.ts";
import type { Config } from "../../../src/model/config.ts";
import { rolesOf } from "../../../src/config/roles.ts";
import { unknownArguments } from "../cli.ts";
import { readManifests, yamlFiles, type Container, type Manifest, type Pod } from "./manifest-files.ts";

/** src/serve/shutdown.ts: 10 s for requests in flight, and 5 s each for the proxy threads and the store to end. */
const SHUTDOWN_SECONDS = 20;
/** The files with workloads of shadowdiff; mirror.yaml has none. */
const PLACEMENTS = yamlFiles("deploy/kubernetes").filter((file) => !file.endsWith("mirror.yaml"));
const FILES = [...yamlFiles("deploy/kubernetes"), ...yamlFiles("examples/rollouts")];

const schemas = JSON.parse(readFileSync(join(import.meta.dirname, "schemas.json"), "utf8")) as {
  readonly definitions: object;
  readonly kinds: Readonly<Record<string, object>>;
};
const ajv = new Ajv({ strict: false, allErrors: true });

const validators = new Map<string, ValidateFunction>();

function validatorOf(kind: string): ValidateFunction {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const schema = schemas.kinds[kind];
  if (schema === undefined) throw new Error(`no schema of ${kind}: see test/tools/kubernetes-schemas.ts`);
  const compiled = ajv.compile({ ...schema, definitions: schemas.definitions });
  validators.set(kind, compiled);
  return compiled;
}

/** What Kubernetes would reject or silently drop. */
function problemsOf({ file, ...manifest }: Manifest): string[] {
  const kind = `${manifest.apiVersion} ${manifest.kind}`;
  const validate = validatorOf(kind);
  validate(manifest);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${file} ${kind} ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function podOf(file: string): { readonly workload: Manifest; readonly pod: Pod; readonly container: Container } {
  const workload = readManifests(file).find(({ spec }) => spec?.template !== undefined);
  const pod = workload?.spec.template?.spec;
  const container = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].find(
    ({ name }) => name === "shadowdiff",
  );
  if (workload === undefined || pod === undefined || container === undefined) throw new Error(`${file}: no shadowdiff`);
  return { workload, pod, container };
}

/** The configuration in the ConfigMap, and what the program makes of it. */
function configOf(file: string): { readonly text: string; readonly config: Config; readonly warnings: string[] } {
  const map = readManifests(file).find(({ kind }) => kind === "ConfigMap");
  const text = map?.data?.["shadowdiff.yaml"] ?? "";
  // For `check`, a token that exists only in the cluster is a warning.
  const loaded = loadWithWarnings({ file: { path: "shadowdiff.yaml", text }, flags: {}, env: {}, purpose: "check" });
  return { text, config: loaded.config, warnings: loaded.warnings.map(({ message }) => message) };
}

function labelsMatch(selector: object = {}, labels: object = {}): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([name, value]) => Reflect.get(labels, name) === value);
}

describe("the schemas", () => {
  it("reject a misspelled field, a wrong type and a missing field, also of custom resources", () => {
    const container = { name: "a", imag: "b", ports: [{ containerPort: "80" }] };
    const template = { metadata: {}, spec: { containers: [container] } };
    const broken = {
      file: "x",
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: { template },
    };
    const problems = problemsOf(broken as unknown as Manifest).join("\n");
    for (const text of ["selector", '"imag"', "/ports/0/containerPort must be integer"])
      expect(problems).toContain(text);
    const canary = { analysis: { webhooks: [{ name: "a", url: "http://b", kind: "rollout" }] }, targetRef: {} };
    const custom = {
      file: "x",
      apiVersion: "flagger.app/v1beta1",
      kind: "Canary",
      metadata: { name: "a" },
      spec: canary,
    };
    const customProblems = problemsOf(custom as unknown as Manifest).join("\n");
    for (const text of ['"missingProperty":"kind"', '"additionalProperty":"kind"'])
      expect(customProblems).toContain(text);
  });
});

describe.each(FILES)("%s", (file) => {
  it("has only manifests that Kubernetes accepts entirely", () => {
    const manifests = readManifests(file);
    expect(manifests.length).toBeGreaterThan(0);
    expect(manifests.flatMap(problemsOf)).toEqual([]);
  });
});

describe.each(PLACEMENTS)("%s", (file) => {
  const { pod, container } = podOf(file);
  const manifests = readManifests(file);

  it("has a configuration that the program accepts, apart from secrets that exist only in the cluster", () => {
    const { config, warnings } = configOf(file);
    expect(warnings.filter((warning) => !warning.startsWith("/run/secrets/"))).toEqual([]);
    expect(rolesOf(config.routes).candidates.flatMap(({ urls }) => urls)).toEqual(["http://shop-v2.shop:8080"]);
  });

  it("starts the program with arguments that it accepts, and a configuration that is mounted", async () => {
    const { args = [] } = container;
    expect(await unknownArguments(args)).toEqual([]);
    const path = args[args.indexOf("--config") + 1] ?? "";
    const mount = container.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
    const volume = pod.volumes.find(({ name }) => name === mount?.name);
    const map = manifests.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === volume?.configMap?.name,
    );
    expect(Object.keys(map?.data ?? {})).toEqual([path.slice(path.lastIndexOf("/") + 1)]);
  });

  it("mounts what the configuration names, and can write to the store and to /tmp only", () => {
    const { text, config } = configOf(file);
    const mounts = container.volumeMounts ?? [];
    const isMounted = (path: string): boolean => mounts.some(({ mountPath }) => path.startsWith(mountPath));
    for (const [path] of text.matchAll(/\/run\/secrets\/\S+/g)) expect([path, isMounted(path)]).toEqual([path, true]);
    expect(mounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath)).toEqual([
      "/var/lib/shadowdiff",
      "/tmp",
    ]);
    const { location } = config.store;
    const path = location.engine === "sqlite" ? location.path : "/var/lib/shadowdiff/shadowdiff.db";
    expect(path).toBe("/var/lib/shadowdiff/shadowdiff.db");
    expect(mounts.map(({ name }) => name).toSorted()).toEqual(pod.volumes.map(({ name }) => name).toSorted());
    const claims = pod.volumes.flatMap(({ name, persistentVolumeClaim: claim }) =>
      claim === undefined || name === "recording" ? [] : [claim.claimName],
    );
    const known = manifests.filter(({ kind }) => kind === "PersistentVolumeClaim").map(({ metadata }) => metadata.name);
    expect(claims).toEqual(known);
  });

  it("runs without rights, in the memory that the default settings need", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.resources?.limits).toEqual({ memory: "512Mi" });
  });

  it("leaves time for the shutdown after preStop", () => {
    const waits = pod.containers.map(({ lifecycle }) => Number(lifecycle?.preStop?.exec.command[1] ?? 0));
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Math.max(...waits) + SHUTDOWN_SECONDS);
  });
});

describe("the replicas", () => {
  it.each([
    ["front", { replicas: 1, strategy: "Recreate", budgets: 0 }],
    ["tap", { replicas: 1, strategy: "Recreate", budgets: 0 }],
    ["replicas", { replicas: 3, strategy: "RollingUpdate", budgets: 1 }],
  ])("of %s.yaml fit its store: a file has one writer", (name, expected) => {
    const file = `deploy/kubernetes/${name}.yaml`;
    const { replicas, strategy } = podOf(file).workload.spec;
    const budgets = readManifests(file).filter(({ kind }) => kind === "PodDisruptionBudget").length;
    expect({ replicas, strategy: strategy?.type, budgets }).toEqual(expected);
    expect(configOf(file).config.store.location.engine).toBe(name === "replicas" ? "postgres" : "sqlite");
  });
});

describe.each(PLACEMENTS.filter((file) => !file.endsWith("replay.yaml")))("the ports of %s", (file) => {
  const { workload, pod, container } = podOf(file);
  const services = readManifests(file).filter(({ kind }) => kind === "Service");

  it("are those that the configuration listens to", () => {
    const { config } = configOf(file);
    const ports = container.ports?.map(({ containerPort }) => containerPort);
    expect(ports).toEqual([config.listen.port, config.admin.listen.port]);
    expect([config.listen.host, config.admin.listen.host]).toEqual(["0.0.0.0", "0.0.0.0"]);
  });

  it("have Services that select the pod and name its ports", () => {
    const names = [...(pod.initContainers ?? []), ...pod.containers].flatMap(({ ports = [] }) =>
      ports.map(({ name }) => name),
    );
    expect(services).toHaveLength(2);
    for (const { spec } of services) {
      expect(labelsMatch(spec.selector, workload.spec.template?.metadata.labels)).toBe(true);
      for (const { targetPort } of spec.ports ?? []) expect(names).toContain(targetPort);
    }
    expect(labelsMatch(workload.spec.selector?.matchLabels, workload.spec.template?.metadata.labels)).toBe(true);
  });

  it("are probed on the admin port, without a token", () => {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    expect([readinessProbe?.httpGet, livenessProbe?.httpGet]).toEqual([
      { path: "/readyz", port: "admin" },
      { path: "/livez", port: "admin" },
    ]);
    expect(startupProbe?.httpGet.port).toBe("admin");
  });

  it("require the token from a secret", () => {
    const { text, config } = configOf(file);
    const { admin } = parse(text) as { admin: { tokenFile: string } };
    expect(admin.tokenFile).toMatch(/^\/run\/secrets\/shadowdiff\/admin\//);
    expect(adminBindProblem(config.admin)).toContain("no token is set");
    expect(adminBindProblem({ ...config.admin, token: "from the secret" })).toBeUndefined();
  });

  it("accept the names of the admin Service, and no others", () => {
    const { admin } = configOf(file).config;
    const service = services.find(({ spec }) => spec.ports?.[0]?.targetPort === "admin");
    const { name = "", namespace = "" } = service?.metadata ?? {};
    const accepts = (host: string): boolean => isAllowedHost(host, admin.listen.host, admin.allowedHosts);
    for (const host of [name, `${name}.${namespace}`, `${name}.${namespace}.svc`]) {
      expect([host, accepts(`${host}:${service?.spec.ports?.[0]?.port}`)]).toEqual([host, true]);
    }
    expect(accepts("evil.example")).toBe(false);
  });
});

describe("examples/rollouts", () => {
  it("ask the admin Service of the manifests, by a name that it accepts", () => {
    const { config } = configOf("deploy/kubernetes/replicas.yaml");
    const texts = yamlFiles("examples/rollouts").map((file) =>
      readFileSync(join(import.meta.dirname, "../../..", file), "utf8"),
    );
    const hosts = texts.flatMap((text) =>
      [...text.matchAll(/http:\/\/(?:\S+@)?(shadowdiff\S*?:\d+)/g)].map(([, host]) => host),
    );
    expect(hosts.length).toBeGreaterThan(4);
    for (const host of hosts) {
      expect([host, isAllowedHost(host, "0.0.0.0", config.admin.allowedHosts)]).toEqual([host, true]);
      expect(host).toMatch(/:9900$/);
    }
  });
});
