import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../src/commands/exit-codes.ts";
import packageJson from "../../package.json" with { type: "json" };
import { packageVersion } from "../../src/lib/versions.ts";
import { runProgram, startProgram } from "./run-program.ts";

describe("the real program", () => {
  it("--help lists the commands and the exit codes on stdout and exits with 0", async () => {
    const { code, stdout, stderr } = await runProgram(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const command of ["serve", "check", "report", "demo", "schema", "sample-service"])
      expect(stdout).toContain(`\n  ${command} `);
    for (const { code: exitCode, meaning } of EXIT_CODES)
      expect(stdout).toContain(`\n  ${exitCode}`.padEnd(8) + meaning);
  });

  it("--version prints the version of the package with the commit of the checkout", async () => {
    const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: import.meta.dirname, encoding: "utf8" });
    const stdout = `${packageVersion()}+${head.slice(0, 12)}\n`;
    expect(await runProgram(["--version"])).toEqual({ code: 0, stdout, stderr: "" });
    expect(await runProgram(["-v"])).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("the help of serve shows each option with its default", async () => {
    const { code, stdout } = await runProgram(["serve", "--help"]);
    const words = stdout.replaceAll(/\s+/g, " ");
    expect(code).toBe(0);
    expect(words).toContain("--listen <address> address for client requests (default: 127.0.0.1:8080) ");
    expect(words).toContain("--candidate <[name=]url> URL of a version under test; may be repeated ");
    expect(words).toContain("method to mirror (default: GET, HEAD, OPTIONS); may be repeated ");
    expect(words).toContain('(default: strip) (choices: "strip", "keep") ');
  });

  it.each([
    [[], "Usage: shadowdiff"],
    [["srve"], "error: unknown command 'srve'\n(Did you mean serve?)\n"],
    [["serve", "--primry", "x"], "error: unknown option '--primry'\n(Did you mean --primary?)\n"],
    [["runs", "--help"], "error: unknown command 'runs'\n(Did you mean run?)\n"],
    [["--primary", "http://a"], "(--primary is an option of serve: shadowdiff serve --primary …)\n"],
    [["-c", "s.yaml"], "(-c is an option of serve: shadowdiff serve -c …)\n"],
    [
      ["serve", "http://a", "http://b"],
      "(write each URL after its option: shadowdiff serve --primary URL --candidate URL)\n",
    ],
    [
      ["serve", "--primary", "http://a", "--primary", "http://b"],
      "argument 'http://b' is invalid. It can be given only once, and is http://a already.\n",
    ],
    [["check"], "error: missing required argument 'file'\n(add --help for options and examples)\n"],
    [["serve", "--listen"], "error: option '--listen <address>' argument missing\n"],
    [["serve", "extra"], "error: too many arguments for 'serve'. Expected 0 arguments but got 1: extra.\n"],
    [["report", "--format", "xml"], "Allowed choices are text, json, markdown, junit, html."],
    [["report", "--store", "a", "--url", "http://b"], "cannot be used with option '--url <url>'"],
    [["demo", "--without", "bugs"], "Allowed: wrong-factors, renamed-field, lost-header, "],
    [["demo", "--requests", "0"], "Allowed: a whole number, 1 to 1000000."],
    [["sample-service", "--port", "70000"], "Allowed: a number, 0 to 65535."],
  ])("%j is a usage error: 2, explained on stderr", async (args, text) => {
    const { code, stdout, stderr } = await runProgram(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(text);
  });

  it("an uncaught error ends with 4", async () => {
    const preload = `data:text/javascript,
      const timer = setInterval(() => {
        if (process.listenerCount("uncaughtException") === 0) return;
        clearInterval(timer);
        throw new Error("planted");
      }, 10)`;
    const { code, stderr } = await runProgram(["sample-service"], {}, ["--import", preload]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^shadowdiff: internal error: Error: planted\n/);
  });

  it.each([
    ["SIGTERM", 0],
    ["SIGINT", 130],
  ] as const)("the sample service ends on %s with %i", async (signal, code) => {
    const program = startProgram(["sample-service", "--version", "new"]);
    const [, url = ""] = await program.untilStdout(/^sample service, new version, on (http:\S+)$/m);
    expect(await (await fetch(`${url}/gcd/12/18`)).json()).toEqual({ a: 12, b: 18, divisor: 6 });
    program.process.kill(signal);
    expect((await program.ended).code).toBe(code);
  });
});

/** A module that makes the program believe that it runs on this version of Node. */
function asNode(version: string): string {
  return `data:text/javascript,Object.defineProperty(process.versions, "node", { value: "${version}" })`;
}

describe("an older Node", () => {
  it.each(["18.20.8", "22.18.0", "23.11.1"])(
    "Node %s is a usage error in one line, before other files are loaded",
    async (version) => {
      const { code, stdout, stderr } = await runProgram(["--version"], {}, ["--import", asNode(version)]);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toBe(
        `shadowdiff requires Node 24 or later, but this is Node ${version}; run it with npm start or npm run demo, which use the Node of node_modules\n`,
      );
    },
  );

  it("Node 24 is accepted, and package.json requires the same", async () => {
    expect((await runProgram(["--version"], {}, ["--import", asNode("24.0.0")])).code).toBe(0);
    expect(packageJson.engines.node).toBe(">=24");
  });
});
