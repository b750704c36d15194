import type { Command } from "commander";
import { split } from "shlex";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../src/commands/program.ts";
import { loadWithWarnings } from "../../src/config/load-config.ts";
import type { FlagValues } from "../../src/config/options/settings.ts";

const FILE_FLAGS = ["config", "istio"];

/** The program, and what it has printed. */
async function captured(): Promise<{ program: Command; output: () => string }> {
  let text = "";
  const io = { out: (part: string) => void (text += part), err: (part: string) => void (text += part) };
  return { program: await createProgram(io, () => undefined), output: () => text };
}

/** All commands of the program, by their words: `run start`. */
function commandsOf(command: Command, words = ""): readonly (readonly [string, Command])[] {
  return [[words, command], ...command.commands.flatMap((one) => commandsOf(one, `${words} ${one.name()}`.trim()))];
}

async function helpOf(words: string): Promise<string> {
  const { program, output } = await captured();
  const [, command] = commandsOf(program).find(([name]) => name === words) ?? [];
  command?.outputHelp();
  return output();
}

function examplesIn(help: string): readonly string[] {
  const [, after = ""] = help.split("\nExamples:\n");
  return after.trimEnd().split("\n");
}

const NAMES = commandsOf((await captured()).program).map(([name]) => name);
const HELPS = await Promise.all(NAMES.map(async (name) => [name, await helpOf(name)] as const));
const EXAMPLES = HELPS.flatMap(([name, help]) => examplesIn(help).map((line) => [name, line] as const));

afterEach(() => void vi.unstubAllGlobals());

describe("the help of every command", () => {
  it.each(HELPS)("of `%s` ends with examples of this command", (name, help) => {
    const examples = examplesIn(help);
    expect(examples).not.toEqual([""]);
    for (const line of examples) expect(line).toContain(`shadowdiff ${name}`.trim());
  });

  it.each([80, 100])(
    "is not wider than a terminal of %i columns, except for the longest flags and examples",
    async (columns) => {
      vi.stubGlobal("process", { ...process, stdout: { columns } });
      const helps = await Promise.all(NAMES.map(helpOf));
      const lines = helps.flatMap((help) => help.split("\n")).filter((line) => !line.includes("  shadowdiff "));
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
    },
  );

  it.each(EXAMPLES)("%s: %s has known options and valid values", async (_, line) => {
    const [, command = ""] = /(shadowdiff .*?)(?:\)| \| source| > .*)?$/.exec(line) ?? [];
    const { program, output } = await captured();
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
