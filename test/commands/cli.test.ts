import { describe, expect, it } from "vitest";
import { nodeVersionProblem, packageVersion } from "../../src/lib/versions.ts";
import { EXIT_CODES } from "../../src/commands/exit-codes.ts";
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

  it("--version prints the version of the package", async () => {
    expect(await runProgram(["--version"])).toEqual({ code: 0, stdout: `${packageVersion()}\n`, stderr: "" });
  });

  it("the help of serve shows each option with its default", async () => {
    const { code, stdout } = await runProgram(["serve", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--listen <address> .*\(default: 127\.0\.0\.1:8080\)/);
    expect(stdout).toMatch(/--candidate <\[name=\]url> .*may be repeated/);
  });

  it.each([
    [[], "Usage: shadowdiff"],
    [["srve"], "error: unknown command 'srve'\n(Did you mean serve?)\n"],
    [["serve", "--primry", "x"], "error: unknown option '--primry'\n(Did you mean --primary?)\n"],
    [["serve", "--listen"], "error: option '--listen <address>' argument missing\n"],
    [["serve", "extra"], "error: too many arguments for 'serve'. Expected 0 arguments but got 1: extra.\n"],
    [["report", "--format", "xml"], "Allowed choices are text, json."],
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

describe("nodeVersionProblem", () => {
  it("accepts Node 24 and later", () => {
    expect([nodeVersionProblem("24.0.0"), nodeVersionProblem("26.10.0")]).toEqual([undefined, undefined]);
  });

  it("explains in one line which version is required", () => {
    expect(nodeVersionProblem("22.18.0")).toBe(
      "shadowdiff requires Node 24 or later, but this is Node 22.18.0. In the repository, npm start and npm run demo use the right version.",
    );
  });
});
