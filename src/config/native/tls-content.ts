import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { UpstreamTls } from "../../model/routing.ts";

/**
 * Marks TLS settings with what their files hold now: when that has changed at the next reading of the configuration, the
 * subset is another one, and its connections are made anew.
 */
export function withContent(tls: UpstreamTls): UpstreamTls {
  const files = [tls.caFile, tls.certFile, tls.keyFile].filter((file) => file !== undefined);
  if (files.length === 0) return tls;
  try {
    const hash = createHash("sha256");
    for (const file of files) hash.update(readFileSync(file)).update("\0");
    return { ...tls, content: hash.digest("hex") };
  } catch {
    // Whoever checks the files, or opens the connections, says what is wrong with them.
    return tls;
  }
}
