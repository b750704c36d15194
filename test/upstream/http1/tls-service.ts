import { afterAll } from "vitest";
import type { UpstreamTls } from "../../../src/model/routing.ts";
import { type CertificateFiles, TestAuthority } from "../../tools/certificates.ts";

/** The certificate of a service on 127.0.0.1 for the tests of a file, and the settings of its clients. */
export function createTlsService(): { readonly certificate: CertificateFiles; readonly tls: UpstreamTls } {
  const authority = new TestAuthority();
  afterAll(() => authority.remove());
  const { caFile } = authority;
  return {
    certificate: authority.issue("service", "IP:127.0.0.1"),
    tls: { caFile, certFile: undefined, keyFile: undefined, serverName: undefined, insecureSkipVerify: false },
  };
}
