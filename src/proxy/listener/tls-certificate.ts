import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { ListenTls } from "../../model/config.ts";

/** What clients get to see, and the proof that it is ours, in PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Reads the listener's certificate and its key.
 * @throws naming the files, when one cannot be read or they do not belong together
 */
export function readCertificate({ certFile, keyFile }: ListenTls): Certificate {
  try {
    const certificate = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(certificate);
    return certificate;
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`the certificate ${certFile} with the key ${keyFile} cannot be used: ${message}`, { cause });
  }
}
