import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createProgram, runCli } from "../../../src/commands/program.ts";
import { requireTool } from "../../tools/require-tool.ts";

const folder = mkdtempSync(join(tmpdir(), "completion-"));
writeFileSync(join(folder, "shadowdiff.yaml"), "");

afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the script of a shell. @returns its path */
async function scriptOf(shell: string): Promise<string> {
  let text = "";
  const io = { out: (part: string) => void (text += part), err: (part: string) => void (text += part) };
  expect(await runCli(["completion", shell], io)).toBe(0);
  const path = join(folder, `script.${shell}`);
  writeFileSync(path, text);
  return path;
}

function run(program: string, args: readonly string[]): readonly string[] {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  expect([stderr, status]).toEqual(["", 0]);
  return stdout.trimEnd().split("\n");
}

/** Words on the line, of which the last is to be completed; what completes it. */
const CASES: readonly (readonly [readonly string[], string])[] = [
  [["re"], "report replay resend"],
  [["run", ""], "start end mark list compare help"],
  [["run", "start", "--l"], "--label"],
  [["run", "st", "--l"], ""],
  [["report", "--fo"], "--format"],
  [["report", "--format", ""], "text json markdown junit html"],
  [["report", "--gate", "--format", "js"], "json"],
  [["serve", "--run-name", "run", "--tap-h"], "--tap-host"],
  [["serve", "--tap-host", ""], "strip keep"],
  [["serve", "--forwarded-header", "x-forwarded-p"], "x-forwarded-proto"],
  [["demo", "--without", "slow-cubes", "--without", "wrong-z"], "wrong-zone"],
  [["completion", ""], "bash zsh fish"],
  [["help", "comp"], "completion"],
  [["serve", "--primary", ""], ""],
  [["serve", "-c", "shadow"], "shadowdiff.yaml"],
  [["check", "shadow"], "shadowdiff.yaml"],
  [["check", "shadowdiff.yaml", "--req"], "--request"],
];

describe("bash", async () => {
  const script = await scriptOf("bash");
  // What bash does with the reply: without words, it completes files unless the function has turned that off.
  const complete = `
    source "$1"; shift
    files=on; compopt() { files=off; }
    COMP_WORDS=(shadowdiff "$@"); COMP_CWORD=$#; _shadowdiff
    [[ $files == on && \${#COMPREPLY[@]} == 0 ]] && COMPREPLY=($(compgen -f -- "\${!#}"))
    echo "\${COMPREPLY[*]}"`;
  const replies = (words: readonly string[]): readonly string[] => run("bash", ["-c", complete, "_", script, ...words]);

  it.each([
    ...CASES,
    [["report", "--format", "="], "text json markdown junit html"],
    [["report", "--format", "=", "js"], "json"],
  ] as const)("%j", (words, expected) => expect(replies(words)).toEqual([expected]));

  it("completes every command", async () => {
    const { commands } = await createProgram({ out: () => {}, err: () => {} }, () => {});
    const names = commands.map((one) => one.name());
    expect(replies([""])).toEqual([[...names, "help"].join(" ")]);
  });

  it("is registered, also when it is loaded twice", () => {
    expect(run("bash", ["-c", `source "$1"; source "$1"; complete -p shadowdiff`, "_", script])).toEqual([
      "complete -o default -F _shadowdiff shadowdiff",
    ]);
  });
});

describe("fish", async () => {
  const script = await scriptOf("fish");
  const fish = requireTool("fish");

  it("completes the same", () => {
    const lines = CASES.map(([words]) => `echo (complete -C 'shadowdiff ${words.join(" ")}' | cut -f 1)`);
    const sorted = CASES.map(([, expected]) => expected.split(" ").toSorted().join(" "));
    const found = run(fish, ["--no-config", "-c", `source ${script}\n${lines.join("\n")}`]);
    expect(found.map((line) => line.split(" ").toSorted().join(" "))).toEqual(sorted);
  });
});

describe("zsh", async () => {
  const script = await scriptOf("zsh");
  const zsh = requireTool("zsh");

  it("is valid, and registered", () => {
    run(zsh, ["-n", script]);
    const load =
      "autoload -Uz compinit; compinit -u -D; source $1; print $_comps[shadowdiff] $+functions[_shadowdiff_run_start]";
    expect(run(zsh, ["-fc", load, "_", script])).toEqual(["_shadowdiff 1"]);
  });
});
