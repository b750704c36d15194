import type { CommandNode, CompletedOption, Values } from "./command-tree.ts";

/** A script for fish 3 and later. @param nodes of `commandTree` */
export function fishScript(nodes: readonly CommandNode[]): string {
  const paths = nodes.flatMap(({ path }) => (path === "" ? [] : [path]));
  return `# Completion of shadowdiff for fish. Load it with: shadowdiff completion fish | source
function __shadowdiff_at
    set -l at
    for word in (commandline -opc)[2..]
        if contains -- "$at/$word" ${paths.join(" ")}
            set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c shadowdiff -f
${nodes.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ path, commands, options, argument }: CommandNode): readonly string[] {
  const start = `complete -c shadowdiff -n ${quoted(`__shadowdiff_at "${path}"`)}`;
  return [
    ...commands.map(({ name, description }) => `${start} -a ${name} -d ${quoted(description)}`),
    ...(argument === undefined || argument.type === "unknown" ? [] : [`${start} ${argumentFlags(argument)}`]),
    ...options.map((option) => `${start} ${optionFlags(option)}`),
  ];
}

function argumentFlags(values: Values): string {
  if (values.type === "words") return `-a ${quoted(values.words.join(" "))}`;
  return values.type === "file" ? "-F" : "";
}

function optionFlags({ flags, description, values }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  // -x requires a value and completes no files.
  const value = values === undefined ? [] : [values.type === "file" ? "-r" : "-x", argumentFlags(values)];
  return [...names, ...value, "-d", quoted(description)].join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
