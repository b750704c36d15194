import { ISTIO_DEFAULT_NAMESPACE } from "../defaults.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { covers, isHost, namesOf } from "./istio-hosts.ts";
import { MESH } from "./http/istio-match.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { flag, oneOf, port, text } from "../kubernetes/scalar-fields.ts";

/** The listen port of a Gateway. */
export interface GatewayPort {
  readonly number: number;
  readonly field: DocumentField;
}

const HTTP_PROTOCOLS = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];
const OTHER_PROTOCOLS = ["HTTPS", "TLS", "TCP", "MONGO"];

/** The hosts and ports of Gateways. */
export class GatewayHosts {
  readonly #hosts = new Map<string, readonly string[]>();
  readonly #ports: GatewayPort[] = [];

  /** The HTTP ports, in document order. */
  get ports(): readonly GatewayPort[] {
    return this.#ports;
  }

  /** Reads a Gateway of networking.istio.io. */
  add(spec: DocumentField, metadata: Metadata): void {
    spec.remark("note", { selector: "selects proxies of a mesh; here shadowdiff is the proxy" });
    const servers = spec.child("servers");
    if (servers === undefined) spec.error("missing: servers");
    const hosts = servers?.items().flatMap((server) => this.#server(server)) ?? [];
    const full = `${metadata.namespace ?? ISTIO_DEFAULT_NAMESPACE}/${metadata.name}`;
    this.#hosts.set(full, [...(this.#hosts.get(full) ?? []), ...hosts]);
  }

  /** Adds a port of a Gateway API Gateway. */
  addPort(wanted: GatewayPort): void {
    this.#ports.push(wanted);
  }

  /**
   * @param hosts the hosts of a VirtualService
   * @param gateways the gateways of the VirtualService
   * @returns the intersection of the hosts of both, the more specific one of each pair
   */
  narrow(
    hosts: readonly string[],
    gateways: readonly string[],
    { namespace }: Metadata,
    field: DocumentField,
  ): readonly string[] {
    const lists = gateways.map((gateway) => {
      const full = gateway.includes("/") ? gateway : `${namespace ?? ISTIO_DEFAULT_NAMESPACE}/${gateway}`;
      const known = gateway === MESH ? ["*"] : this.#hosts.get(full);
      if (known === undefined) field.warn(`there is no Gateway ${gateway} in these documents; all hosts are accepted`);
      return known ?? ["*"];
    });
    const open = lists.flat();
    const narrowed = hosts.flatMap((host) =>
      open.some((gate) => covers(gate, host)) ? [host] : open.filter((gate) => covers(host, gate)),
    );
    if (hosts.length > 0 && narrowed.length === 0) {
      field.warn(
        `none of the VirtualService's hosts is a host of its gateways (${open.join(", ")}); it receives no requests`,
      );
    }
    return [...new Set(narrowed)];
  }

  #server(server: DocumentField): readonly string[] {
    server.remark("note", { name: "has no effect" });
    server.remark("warning", {
      bind: "shadowdiff has one listener; set --listen HOST:PORT",
      defaultEndpoint: "a request without a matching route gets 404",
    });
    const hosts = server.child("hosts");
    if (hosts === undefined) server.error("missing: hosts");
    const names = hosts?.items().flatMap(gatewayHost) ?? [];
    serverTls(server.child("tls"));
    return this.#port(server) ? names : [];
  }

  /** @returns whether the server is supported */
  #port(server: DocumentField): boolean {
    const field = server.child("port");
    if (field === undefined) server.error("missing: port");
    field?.remark("note", { name: "has no effect" });
    field?.remark("warning", { targetPort: "shadowdiff listens on the port number itself" });
    const numberField = field?.child("number");
    const number = port(numberField);
    const protocolField = field?.child("protocol");
    const protocol = oneOf(protocolField, [...HTTP_PROTOCOLS, ...OTHER_PROTOCOLS]) ?? "HTTP";
    if (protocol === "HTTPS") {
      protocolField?.warn("its hosts are served; for TLS set --listen-tls-cert and --listen-tls-key");
    } else if (!HTTP_PROTOCOLS.includes(protocol)) {
      protocolField?.warn(`${protocol} is not supported; shadowdiff mirrors and compares only HTTP`);
      return false;
    }
    if (number !== undefined && numberField !== undefined) this.#ports.push({ number, field: numberField });
    return true;
  }
}

/** Reads `namespace/host` or a host. */
function gatewayHost(field: DocumentField): readonly string[] {
  const written = text(field);
  if (written === undefined) return [];
  const [namespace, host] = written.includes("/") ? written.split("/", 2) : [undefined, written];
  if (namespace !== undefined && namespace !== "*") field.note("the namespace is ignored");
  if (host === undefined || !isHost(host)) {
    field.error(`${JSON.stringify(written)} is not a valid host`, "a name, *.suffix or *");
    return [];
  }
  return namesOf(host, namespace === "*" || namespace === "." ? undefined : namespace);
}

const ELSEWHERE = "ignored; set --listen-tls-cert and --listen-tls-key";
const OWN_TLS = Object.fromEntries(
  [
    "mode",
    "serverCertificate",
    "privateKey",
    "caCertificates",
    "caCrl",
    "credentialName",
    "credentialNames",
    "caCertCredentialName",
    "tlsCertificates",
    "subjectAltNames",
    "verifyCertificateSpki",
    "verifyCertificateHash",
    "minProtocolVersion",
    "maxProtocolVersion",
    "cipherSuites",
    "insecureSkipVerify",
  ].map((name) => [name, ELSEWHERE]),
);

function serverTls(field: DocumentField | undefined): void {
  const redirectField = field?.child("httpsRedirect");
  if (flag(redirectField) === true) redirectField?.warn("ignored; plain HTTP requests are served, not redirected");
  field?.remark("warning", OWN_TLS);
}
