/**
 * Writes test/deploy/kubernetes/schemas.json: what the manifests are checked against, without descriptions, and strict: unknown
 * fields are errors.
 *
 *   pip download --no-deps kubernetes-validate && unzip -d validate kubernetes_validate-*.whl
 *   node test/tools/kubernetes-schemas.ts validate/kubernetes_validate/kubernetes-json-schema/v1.35.0-local-strict CRD.yaml…
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Schema = Readonly<Record<string, Json>>;

/** The kinds of Kubernetes itself that the manifests contain, and the files of their schemas. */
const KINDS = {
  "v1 ConfigMap": "configmap-v1",
  "v1 PersistentVolumeClaim": "persistentvolumeclaim-v1",
  "v1 Service": "service-v1",
  "v1 ServiceAccount": "serviceaccount-v1",
  "apps/v1 Deployment": "deployment-apps-v1",
  "autoscaling/v2 HorizontalPodAutoscaler": "horizontalpodautoscaler-autoscaling-v2",
  "batch/v1 Job": "job-batch-v1",
  "networking.k8s.io/v1 NetworkPolicy": "networkpolicy-networking-v1",
  "policy/v1 PodDisruptionBudget": "poddisruptionbudget-policy-v1",
};
const CUSTOM_KINDS = new Set([
  "AnalysisTemplate",
  "Canary",
  "HTTPRoute",
  "ReferenceGrant",
  "Rollout",
  "ServiceMonitor",
]);
const TARGET = join(import.meta.dirname, "../deploy/kubernetes/schemas.json");

const [folder = "", ...files] = process.argv.slice(2);
const { $defs } = readJson("_definitions") as { readonly $defs: Readonly<Record<string, Schema>> };
const definitions: Record<string, Json> = {};
const kinds: Record<string, Json> = {};

function readJson(name: string): Json {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Json;
}

/** Without texts and extensions of Kubernetes, and with references into this file. */
function compact(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((each: Json) => compact(each));
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).flatMap(([name, value]): [string, Json][] => {
    if ((name === "description" && typeof value === "string") || ["$schema", "$id"].includes(name)) return [];
    if (name.startsWith("x-kubernetes-") || (name === "format" && typeof value === "string")) return [];
    if (name === "$ref" && typeof value === "string") return [[name, `#/definitions/${include(value)}`]];
    return [[name, compact(value)]];
  });
  return Object.fromEntries(entries);
}

function include(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  if (!(name in definitions)) {
    definitions[name] = {};
    definitions[name] = compact($defs[name] ?? {});
  }
  return name;
}

/** A structural schema of a custom resource, which the API server prunes, as one that rejects what would be pruned. */
function strict(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((each: Json) => strict(each));
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]): [string, Json] => [name, strict(value)]);
  const own = schema as Schema;
  const isClosed =
    "properties" in own &&
    own["type"] === "object" &&
    own["x-kubernetes-preserve-unknown-fields"] !== true &&
    !("additionalProperties" in own);
  return { ...Object.fromEntries(entries), ...(isClosed && { additionalProperties: false }) };
}

interface Crd {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Json } }[];
  };
}

for (const [kind, name] of Object.entries(KINDS)) kinds[kind] = compact(readJson(name));
for (const file of files) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const crd = document.toJS() as Crd | null;
    if (crd?.kind !== "CustomResourceDefinition" || !CUSTOM_KINDS.has(crd.spec.names.kind)) continue;
    for (const { name, schema } of crd.spec.versions) {
      kinds[`${crd.spec.group}/${name} ${crd.spec.names.kind}`] = compact(strict(schema.openAPIV3Schema));
    }
  }
}
writeFileSync(TARGET, `${JSON.stringify({ definitions, kinds })}\n`);
