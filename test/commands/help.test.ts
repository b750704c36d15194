import type { Command } from "commander";
import { split } from "shlex";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../src/commands/program.ts";
import { loadWithWarnings } from "../../src/config/load-config.ts";
import type { FlagValues } from "../../src/config/options/settings.ts";

const FILE_FLAGS = ["config", "istio"];

/** The program, and what it has printed. */
function captured(): { program: Command; output: () => string } {
  let text = "";
  const io = { out: (part: string) => void (text += part), err: (part: string) => void (text += part) };
  return { program: createProgram(io, () => undefined), output: () => text };
}

/** All commands of the program, by their words: `run start`. */
function commandsOf(command: Command, words = ""): readonly (readonly [string, Command])[] {
  return [[words, command], ...command.commands.flatMap((one) => commandsOf(one, `${words} ${one.name()}`.trim()))];
}

function helpOf(words: string): string {
  const { program, output } = captured();
  const [, command] = commandsOf(program).find(([name]) => name === words) ?? [];
  command?.outputHelp();
  return output();
}

function examplesIn(help: string): readonly string[] {
  const [, after = ""] = help.split("\nExamples:\n");
  return after.trimEnd().split("\n");
}

const NAMES = commandsOf(captured().program).map(([name]) => name);
const EXAMPLES = NAMES.flatMap((name) => examplesIn(helpOf(name)).map((line) => [name, line] as const));

afterEach(() => void vi.unstubAllGlobals());

describe("the help of every command", () => {
  it.each(NAMES)("of `%s` ends with examples of this command", (name) => {
    const examples = examplesIn(helpOf(name));
    expect(examples).not.toEqual([""]);
    for (const line of examples) expect(line).toContain(`shadowdiff ${name}`.trim());
  });

  it.each([80, 100])(
    "is not wider than a terminal of %i columns, except for the longest flags and examples",
    (columns) => {
      vi.stubGlobal("process", { ...process, stdout: { columns } });
      const lines = NAMES.flatMap((name) => helpOf(name).split("\n")).filter((line) => !line.includes("  shadowdiff "));
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
    },
  );

  it.each(EXAMPLES)("%s: %s has known options and valid values", async (_, line) => {
    const [, command = ""] = /(shadowdiff .*?)(?:\)| \| source| > .*)?$/.exec(line) ?? [];
    const { program, output } = captured();
    const ran: FlagValues[] = [];
    for (const [, one] of commandsOf(program)) {
      if (one.commands.length === 0) one.action(() => void ran.push(one.opts()));
    }
    await program.parseAsync(split(command).slice(1), { from: "user" });
    expect([output(), ran.length]).toEqual(["", 1]);
    const [flags = {}] = ran;
    if (!command.startsWith("shadowdiff serve") || FILE_FLAGS.some((name) => name in flags)) return;
    expect(loadWithWarnings({ flags, env: {}, purpose: "check" }).warnings).toEqual([]);
  });
});
