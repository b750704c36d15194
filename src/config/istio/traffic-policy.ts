import type { BreakerPolicy, UpstreamTls } from "../../model/routing.ts";
import { ISTIO_DEFAULT_EJECTION_MS, ISTIO_DEFAULT_FAILURES } from "../defaults.ts";
import { unreadableProblem } from "../referenced-files.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { duration, flag, number, oneOf, text, texts } from "../kubernetes/scalar-fields.ts";

/** The settings of a trafficPolicy that apply outside a mesh; undefined if not set. */
export interface TrafficPolicy {
  /** `off` overrides the policy of the host. */
  readonly tls: UpstreamTls | "off" | undefined;
  /** Mirrored requests in flight to a candidate. */
  readonly maxInFlight: number | undefined;
  /** The circuit breaker of a candidate. */
  readonly breaker: BreakerPolicy | undefined;
}

export const NO_POLICY: TrafficPolicy = { tls: undefined, maxInFlight: undefined, breaker: undefined };

const OWN_POOL = "ignored; shadowdiff sizes its connection pools itself";
const ONE_POLICY = "not supported; one policy applies to all ports of a subset";
const IN_TURN = "the addresses of a subset are used round-robin";
const NO_ZONES = "not supported; shadowdiff has no zones or localities";

/** Reads `trafficPolicy` of a host or subset. */
export function trafficPolicy(field: DocumentField | undefined, unreadable: UnreadableFile): TrafficPolicy {
  if (field === undefined) return NO_POLICY;
  field.remark("warning", {
    portLevelSettings: ONE_POLICY,
    tunnel: "not supported; shadowdiff connects directly to the addresses",
    proxyProtocol: "the PROXY protocol is not supported",
    retryBudget: "not supported; only attempts limits retries",
  });
  loadBalancer(field.child("loadBalancer"));
  return {
    tls: clientTls(field.child("tls"), unreadable),
    maxInFlight: connectionPool(field.child("connectionPool")),
    breaker: outlierDetection(field.child("outlierDetection")),
  };
}

const BALANCERS = ["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"] as const;

function loadBalancer(field: DocumentField | undefined): void {
  const simpleField = field?.child("simple");
  const simple = oneOf(simpleField, BALANCERS);
  if (simple !== undefined && simple !== "ROUND_ROBIN" && simple !== "UNSPECIFIED") {
    simpleField?.warn(`${IN_TURN}, not by ${simple}`);
  }
  field?.remark("warning", {
    consistentHash: `${IN_TURN}, not by hash`,
    localityLbSetting: NO_ZONES,
    zoneAwareLbSetting: NO_ZONES,
    warmupDurationSecs: "not supported; an address receives its full share immediately",
    warmup: "not supported; an address receives its full share immediately",
  });
}

const MIRRORS_ONLY = "limits the requests in flight to a candidate; requests to a primary are not limited";

/** @returns the maximum number of requests in flight */
function connectionPool(field: DocumentField | undefined): number | undefined {
  const tcp = field?.child("tcp");
  const http = field?.child("http");
  tcp?.remark("warning", {
    connectTimeout: "not supported per host; set upstream.connectTimeout for all upstreams",
    tcpKeepalive: OWN_POOL,
    maxConnectionDuration: OWN_POOL,
    idleTimeout: OWN_POOL,
  });
  http?.remark("warning", {
    http1MaxPendingRequests:
      "ignored; mirrored requests never wait for a connection, those beyond the limit are dropped and counted",
    maxRequestsPerConnection: OWN_POOL,
    maxRetries: "not supported; only attempts limits retries",
    idleTimeout: OWN_POOL,
    h2UpgradePolicy: "ignored; the HTTP version follows from the address",
    useClientProtocol: "ignored; the HTTP version follows from the address",
    maxConcurrentStreams: OWN_POOL,
    http2KeepAlive: OWN_POOL,
  });
  const bounds = [tcp?.child("maxConnections"), http?.child("http2MaxRequests")].flatMap((bound) => {
    const value = number(bound, { min: 0, max: 2 ** 31 - 1 });
    bound?.note(MIRRORS_ONLY);
    // 0 means the default, which is unlimited.
    return value === undefined || value === 0 ? [] : [value];
  });
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

function outlierDetection(field: DocumentField | undefined): BreakerPolicy | undefined {
  if (field === undefined) return undefined;
  const onlyInRow = "not supported; the circuit breaker counts only consecutive failures";
  field.remark("warning", {
    splitExternalLocalOriginErrors: onlyInRow,
    consecutiveLocalOriginFailures: onlyInRow,
    interval: "ignored; the circuit breaker opens with the last failure, not at the end of an interval",
    maxEjectionPercent: "not supported; the circuit breaker applies to a candidate as a unit",
    minHealthPercent: "not supported; the circuit breaker applies to a candidate as a unit",
    outlierDetectionHttpErrorCodes: onlyInRow,
  });
  field.note("sets the circuit breaker of candidates; a primary has none");
  const [gateway, server, errors] = ["consecutiveGatewayErrors", "consecutive5xxErrors", "consecutiveErrors"].map(
    (name) => number(field.child(name), { min: 0, max: 1_000_000 }),
  );
  const failures = gateway ?? server ?? errors ?? ISTIO_DEFAULT_FAILURES;
  const openMs = duration(field.child("baseEjectionTime")) ?? ISTIO_DEFAULT_EJECTION_MS;
  return failures === 0 || openMs === 0 ? undefined : { failures, openMs };
}

const TLS_MODES = ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] as const;

/** Severity of a certificate file that cannot be read; undefined to skip the check. */
export type UnreadableFile = "error" | "warning" | undefined;

function clientTls(field: DocumentField | undefined, unreadable: UnreadableFile): UpstreamTls | "off" | undefined {
  if (field === undefined) return undefined;
  const modeField = field.child("mode");
  const mode = oneOf(modeField, TLS_MODES) ?? "DISABLE";
  const [certFile, keyFile, caFile] = ["clientCertificate", "privateKey", "caCertificates"].map((name) =>
    text(field.child(name)),
  );
  field.remark("warning", {
    credentialName:
      "Kubernetes secrets are not supported; set clientCertificate, privateKey and caCertificates to files",
    caCrl: "revocation lists are not supported",
  });
  const namesField = field.child("subjectAltNames");
  const [name, ...otherNames] = texts(namesField);
  const serverName = text(field.child("sni")) ?? name;
  if (otherNames.length > 0 || (name !== undefined && name !== serverName)) {
    namesField?.warn(`only one name is supported; the certificate must have ${serverName}`);
  }
  const insecureSkipVerify = flag(field.child("insecureSkipVerify")) ?? false;
  if (mode === "ISTIO_MUTUAL") {
    (modeField ?? field).warn("its certificates only exist inside a mesh; the scheme of the URL applies");
  }
  if (mode === "MUTUAL" && (certFile === undefined || keyFile === undefined)) {
    field.error("MUTUAL requires the files clientCertificate and privateKey");
  }
  if (mode === "SIMPLE" && (certFile !== undefined || keyFile !== undefined)) {
    (modeField ?? field).warn("clientCertificate and privateKey only apply to MUTUAL");
  }
  if (mode === "ISTIO_MUTUAL" || mode === "DISABLE") return "off";
  const used = mode === "MUTUAL" ? ["clientCertificate", "privateKey", "caCertificates"] : ["caCertificates"];
  for (const name of unreadable === undefined ? [] : used) checkReadable(field.child(name), unreadable);
  const own = mode === "MUTUAL" ? { certFile, keyFile } : { certFile: undefined, keyFile: undefined };
  return { caFile, ...own, serverName, insecureSkipVerify };
}

function checkReadable(field: DocumentField | undefined, unreadable: UnreadableFile): void {
  const file = typeof field?.scalar === "string" ? field.scalar : undefined;
  if (field === undefined || file === undefined) return;
  const problem = unreadableProblem(file);
  if (problem === undefined) return;
  if (unreadable === "error") field.error(problem, "the path of a PEM file on this machine");
  else field.warn(problem);
}
