import type { CommandNode, CompletedOption, Values } from "./command-tree.ts";

/** A script for Zsh, to be sourced or put into a folder of `fpath` as `_shadowdiff`. @param nodes of `commandTree` */
export function zshScript(nodes: readonly CommandNode[]): string {
  return `#compdef shadowdiff
# Completion of shadowdiff for zsh. Load it with: source <(shadowdiff completion zsh)
${nodes.map(commandFunction).join("\n")}
if [[ \${funcstack[1]} == _shadowdiff ]]; then
  _shadowdiff "$@"
else
  compdef _shadowdiff shadowdiff
fi
`;
}

function functionOf(path: string): string {
  return `_shadowdiff${path.replaceAll("/", "_").replaceAll("-", "_")}`;
}

function commandFunction({ path, commands, options, argument }: CommandNode): string {
  const specs = options.flatMap(optionSpecs);
  if (commands.length === 0) {
    const rest = argument === undefined ? [] : [quoted(`*:${messageOf(argument)}`)];
    return `${functionOf(path)}() {\n  _arguments ${[...specs, ...rest].join(" \\\n    ")}\n}\n`;
  }
  const names = commands.map(({ name, description }) => quoted(`${name}:${escaped(description)}`));
  const cases = commands.map(({ name }) => `${name}) ${functionOf(`${path}/${name}`)} ;;`);
  return `${functionOf(path)}() {
  local line state
  local -a commands=(
    ${names.join("\n    ")}
  )
  _arguments -C ${specs.join(" ")} '1: :->command' '*:: :->arguments' && return
  case $state in
    command) _describe command commands ;;
    arguments)
      case $line[1] in
        ${cases.join("\n        ")}
      esac
      ;;
  esac
}
`;
}

/** One specification of `_arguments` for each spelling. A spelling excludes the others. */
function optionSpecs({ flags, description, isList, values }: CompletedOption): readonly string[] {
  return flags.map((flag) => {
    const prefix = isList ? "*" : flags.length > 1 ? `(${flags.join(" ")})` : "";
    const value = values === undefined ? "" : `:${messageOf(values)}`;
    const separator = values === undefined ? "" : flag.startsWith("--") ? "=" : "+";
    return quoted(`${prefix}${flag}${separator}[${escaped(description)}]${value}`);
  });
}

/** The message and the action of an argument. */
function messageOf(values: Values): string {
  if (values.type === "file") return "file:_files";
  return values.type === "words" ? `word:(${values.words.join(" ")})` : `${escaped(values.name)}: `;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
