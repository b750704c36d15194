import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireTool } from "./require-tool.ts";

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A temporary certificate authority for a test. */
export class TestAuthority {
  readonly directory = mkdtempSync(join(tmpdir(), "authority-"));
  readonly caFile = join(this.directory, "ca.pem");
  readonly #keyFile = join(this.directory, "ca.key");

  constructor() {
    const subject = ["-subj", "/CN=test authority"];
    openssl(["req", "-x509", ...newKey(this.#keyFile), "-out", this.caFile, "-days", "2", ...subject]);
  }

  /**
   * @param name of the files, also the common name
   * @param alternatives subject alternative names, such as `DNS:a.test` or `IP:127.0.0.1`
   */
  issue(name: string, alternatives: string): CertificateFiles {
    const certFile = join(this.directory, `${name}.pem`);
    const keyFile = join(this.directory, `${name}.key`);
    const extensions = join(this.directory, `${name}.ext`);
    const request = join(this.directory, `${name}.csr`);
    writeFileSync(extensions, `subjectAltName=${alternatives}\n`);
    openssl(["req", ...newKey(keyFile), "-out", request, "-subj", `/CN=${name}`]);
    const authority = ["-CA", this.caFile, "-CAkey", this.#keyFile, "-CAcreateserial", "-days", "2"];
    openssl(["x509", "-req", "-in", request, "-out", certFile, "-extfile", extensions, ...authority]);
    return { certFile, keyFile };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function newKey(file: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file];
}

function openssl(args: readonly string[]): void {
  const { status, stderr } = spawnSync(requireTool("openssl"), args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
}
