import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requireTool } from "../tools/require-tool.ts";
import { unknownArguments } from "./cli.ts";
import { readText, ROOT } from "./compose-file.ts";

const UNIT = "deploy/systemd/shadowdiff.service";
/** systemd's scale from 0 (safe) to 10. A service that stays on the network cannot reach 0; most services have more than 9. */
const MOST_EXPOSURE = 2;

const lines = readText(UNIT).split("\n");

/** The values of a setting, in order. */
function settings(name: string): string[] {
  return lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
}

function analyze(...args: readonly string[]): string {
  return execFileSync(requireTool("systemdAnalyze"), args, { encoding: "utf8", cwd: ROOT });
}

describe("deploy/systemd/shadowdiff.service", () => {
  it("is a unit that systemd accepts without a warning", () => {
    // Warnings are on stderr, with exit code 0.
    const command = `${requireTool("systemdAnalyze")} verify --man=no ${join(ROOT, UNIT)} 2>&1`;
    expect(execFileSync("sh", ["-c", command], { encoding: "utf8" })).toBe("");
  });

  it("exposes little of the system", () => {
    const report = analyze("security", "--offline=true", "--no-pager", UNIT);
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(report)?.[1])).toBeLessThanOrEqual(MOST_EXPOSURE);
  });

  it("starts the program with flags that it accepts", async () => {
    const [program, name, ...command] = settings("ExecStart")[0]?.split(" ") ?? [];
    expect([program, name]).toEqual(["/usr/bin/env", "shadowdiff"]);
    expect(await unknownArguments(command)).toEqual([]);
    expect(settings("LoadCredential")).toEqual(["admin_token:/etc/shadowdiff/admin_token"]);
    expect(command.at(-1)).toBe("${CREDENTIALS_DIRECTORY}/admin_token");
  });

  it("leaves time for the shutdown, and does not restart with a wrong configuration", () => {
    expect(Number(settings("TimeoutStopSec")[0])).toBeGreaterThanOrEqual(20);
    expect([settings("Restart"), settings("RestartPreventExitStatus")]).toEqual([["on-failure"], ["2"]]);
  });
});
