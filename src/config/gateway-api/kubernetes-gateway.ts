import type { DocumentField } from "../kubernetes/document-field.ts";
import type { GatewayHosts } from "../istio/istio-gateway.ts";
import { oneOf, port, text } from "../kubernetes/scalar-fields.ts";

/** A Gateway of gateway.networking.k8s.io: the ports of its listeners. */
export function kubernetesGateway(spec: DocumentField, gateways: GatewayHosts): void {
  spec.remark("note", { gatewayClassName: "shadowdiff is the gateway" });
  spec.remark("warning", {
    addresses: "shadowdiff has one listener; set --listen HOST:PORT",
    infrastructure: "ignored; shadowdiff provisions nothing",
    backendTLS: "ignored; the scheme of an address decides whether its upstream uses TLS",
    tls: "ignored; set --listen-tls-cert and --listen-tls-key",
    allowedListeners: "shadowdiff has one listener",
    defaultScope: "shadowdiff has one listener for all routes",
  });
  for (const listener of spec.child("listeners")?.items() ?? []) {
    listener.remark("note", { name: "has no effect", allowedRoutes: "ignored; all routes are accepted" });
    listener.remark("warning", { tls: "ignored; set --listen-tls-cert and --listen-tls-key" });
    const hostname = listener.child("hostname");
    if (text(hostname) !== undefined) hostname?.warn("hosts are taken from the routes; all of them are accepted");
    const field = listener.child("port");
    const number = port(field);
    const protocolField = listener.child("protocol");
    const protocol = oneOf(protocolField, ["HTTP", "HTTPS", "TLS", "TCP", "UDP"]);
    if (protocol !== "HTTP") protocolField?.warn(`shadowdiff serves HTTP here, not ${protocol}`);
    else if (number !== undefined && field !== undefined) gateways.addPort({ number, field });
  }
}
