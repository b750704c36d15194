import { accessSync, constants } from "node:fs";
import type { BreakerPolicy, UpstreamTls } from "../../model/routing.ts";
import { ISTIO_DEFAULT_EJECTION_MS, ISTIO_DEFAULT_FAILURES } from "../defaults.ts";
import type { Field } from "../kubernetes/document-field.ts";
import { duration, flag, number, oneOf, text, texts } from "../kubernetes/scalar-fields.ts";

/** What of a trafficPolicy holds outside of a mesh; undefined: nothing is said about it. */
export interface TrafficPolicy {
  /** `off` takes back what the host's policy says. */
  readonly tls: UpstreamTls | "off" | undefined;
  /** Of a candidate. */
  readonly maxInFlight: number | undefined;
  /** Of a candidate. */
  readonly breaker: BreakerPolicy | undefined;
}

export const NO_POLICY: TrafficPolicy = { tls: undefined, maxInFlight: undefined, breaker: undefined };

const OWN_POOL = "connections are pooled by shadowdiff's own measure";
const ONE_POLICY = "one policy holds for all ports of a subset";
const IN_TURN = "the addresses of a subset are called in turn";
const NO_ZONES = "shadowdiff knows neither zones nor localities";

/** `trafficPolicy` of a host or of a subset. */
export function trafficPolicy(field: Field | undefined, unreadable: Unreadable): TrafficPolicy {
  if (field === undefined) return NO_POLICY;
  field.remark("warning", {
    portLevelSettings: ONE_POLICY,
    tunnel: "connections go straight to the addresses",
    proxyProtocol: "the PROXY protocol is not spoken",
    retryBudget: "retries are bounded by attempts only",
  });
  loadBalancer(field.child("loadBalancer"));
  return {
    tls: clientTls(field.child("tls"), unreadable),
    maxInFlight: connectionPool(field.child("connectionPool")),
    breaker: outlierDetection(field.child("outlierDetection")),
  };
}

const BALANCERS = ["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"] as const;

function loadBalancer(field: Field | undefined): void {
  const simpleField = field?.child("simple");
  const simple = oneOf(simpleField, BALANCERS);
  if (simple !== undefined && simple !== "ROUND_ROBIN" && simple !== "UNSPECIFIED") {
    simpleField?.warn(`${IN_TURN}, not by ${simple}`);
  }
  field?.remark("warning", {
    consistentHash: `${IN_TURN}, not by hash`,
    localityLbSetting: NO_ZONES,
    zoneAwareLbSetting: NO_ZONES,
    warmupDurationSecs: "an address gets its full share at once",
    warmup: "an address gets its full share at once",
  });
}

const MIRRORS_ONLY = "bounds the requests under way to a candidate; requests to a primary are not bounded";

/** @returns how many requests may be under way */
function connectionPool(field: Field | undefined): number | undefined {
  const tcp = field?.child("tcp");
  const http = field?.child("http");
  tcp?.remark("warning", {
    connectTimeout: "not by host: one limit holds for all; set upstream.connectTimeout",
    tcpKeepalive: OWN_POOL,
    maxConnectionDuration: OWN_POOL,
    idleTimeout: OWN_POOL,
  });
  http?.remark("warning", {
    http1MaxPendingRequests: "nothing waits for a connection: beyond the bound copies are dropped and counted",
    maxRequestsPerConnection: OWN_POOL,
    maxRetries: "retries are bounded by attempts only",
    idleTimeout: OWN_POOL,
    h2UpgradePolicy: "the version of HTTP follows from the address",
    useClientProtocol: "the version of HTTP follows from the address",
    maxConcurrentStreams: OWN_POOL,
    http2KeepAlive: OWN_POOL,
  });
  const bounds = [tcp?.child("maxConnections"), http?.child("http2MaxRequests")].flatMap((bound) => {
    const value = number(bound, { min: 0, max: 2 ** 31 - 1 });
    bound?.note(MIRRORS_ONLY);
    // 0 stands for the default, which is no bound.
    return value === undefined || value === 0 ? [] : [value];
  });
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

function outlierDetection(field: Field | undefined): BreakerPolicy | undefined {
  if (field === undefined) return undefined;
  const onlyInRow = "the breaker counts failures in a row, and nothing else";
  field.remark("warning", {
    splitExternalLocalOriginErrors: onlyInRow,
    consecutiveLocalOriginFailures: onlyInRow,
    interval: "there is no round of checks: the breaker opens with the last failure",
    maxEjectionPercent: "a candidate is stopped as a whole",
    minHealthPercent: "a candidate is stopped as a whole",
    outlierDetectionHttpErrorCodes: onlyInRow,
  });
  field.note("becomes the circuit breaker of a candidate; a primary is never stopped");
  const [gateway, server, errors] = ["consecutiveGatewayErrors", "consecutive5xxErrors", "consecutiveErrors"].map(
    (name) => number(field.child(name), { min: 0, max: 1_000_000 }),
  );
  const failures = gateway ?? server ?? errors ?? ISTIO_DEFAULT_FAILURES;
  const openMs = duration(field.child("baseEjectionTime")) ?? ISTIO_DEFAULT_EJECTION_MS;
  return failures === 0 || openMs === 0 ? undefined : { failures, openMs };
}

const TLS_MODES = ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] as const;

/** What a certificate that cannot be read is; undefined: who looks at the documents is elsewhere, and does not try. */
export type Unreadable = "error" | "warning" | undefined;

function clientTls(field: Field | undefined, unreadable: Unreadable): UpstreamTls | "off" | undefined {
  if (field === undefined) return undefined;
  const modeField = field.child("mode");
  const mode = oneOf(modeField, TLS_MODES) ?? "DISABLE";
  const [certFile, keyFile, caFile] = ["clientCertificate", "privateKey", "caCertificates"].map((name) =>
    text(field.child(name)),
  );
  field.remark("warning", {
    credentialName:
      "secrets of Kubernetes cannot be read; give clientCertificate, privateKey and caCertificates as files",
    caCrl: "certificates are not looked up in a revocation list",
  });
  const namesField = field.child("subjectAltNames");
  const [name, ...otherNames] = texts(namesField);
  const serverName = text(field.child("sni")) ?? name;
  if (otherNames.length > 0 || (name !== undefined && name !== serverName)) {
    namesField?.warn(`the certificate must carry one name, ${serverName}`);
  }
  const insecureSkipVerify = flag(field.child("insecureSkipVerify")) ?? false;
  if (mode === "ISTIO_MUTUAL") {
    (modeField ?? field).warn("its certificates exist inside of a mesh only; addresses are called as their URLs say");
  }
  if (mode === "MUTUAL" && (certFile === undefined || keyFile === undefined)) {
    field.error("MUTUAL needs clientCertificate and privateKey, both files");
  }
  if (mode === "SIMPLE" && (certFile !== undefined || keyFile !== undefined)) {
    (modeField ?? field).warn("clientCertificate and privateKey are used with MUTUAL only");
  }
  if (mode === "ISTIO_MUTUAL" || mode === "DISABLE") return "off";
  const used = mode === "MUTUAL" ? ["clientCertificate", "privateKey", "caCertificates"] : ["caCertificates"];
  for (const name of unreadable === undefined ? [] : used) checkReadable(field.child(name), unreadable);
  const own = mode === "MUTUAL" ? { certFile, keyFile } : { certFile: undefined, keyFile: undefined };
  return { caFile, ...own, serverName, insecureSkipVerify };
}

function checkReadable(field: Field | undefined, unreadable: Unreadable): void {
  const file = typeof field?.scalar === "string" ? field.scalar : undefined;
  if (field === undefined || file === undefined) return;
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const message = `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
    if (unreadable === "error") field.error(message, "the path of a PEM file on this machine");
    else field.warn(message);
  }
}
