import type { CommandNode, Values } from "./command-tree.ts";

/** A script for Bash 3.2 and later that needs no other package. @param nodes of `commandTree` */
export function bashScript(nodes: readonly CommandNode[]): string {
  const paths = nodes.flatMap(({ path }) => (path === "" ? [] : [path]));
  return `# Completion of shadowdiff for bash. Load it with: source <(shadowdiff completion bash)
_shadowdiff() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path= words= i
  COMPREPLY=()
  # Bash splits --format=json into three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/\${COMP_WORDS[i]}" in
    ${paths.join(" | ")})
      path+=/\${COMP_WORDS[i]}
      ;;
    esac
  done
  case "$path $prev" in
${valueCases(nodes).join("\n")}
  esac
  case "$path" in
${nodes.map(commandCase).join("\n")}
  esac
  _shadowdiff_no_files
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

# Without it, bash completes files where there are no other words.
_shadowdiff_no_files() {
  type compopt >/dev/null 2>&1 && compopt +o default
}

complete -o default -F _shadowdiff shadowdiff
`;
}

/** Completes the values of options: those with the same values together. */
function valueCases(nodes: readonly CommandNode[]): readonly string[] {
  const patterns = new Map<string, string[]>();
  for (const { path, options } of nodes) {
    for (const { flags, values } of options) {
      if (values === undefined) continue;
      const body = bodyOf(values);
      patterns.set(body, [...(patterns.get(body) ?? []), ...flags.map((flag) => `"${path} ${flag}"`)]);
    }
  }
  return [...patterns].map(([body, words]) => `  ${words.join(" | \\\n    ")})\n${body}    return\n    ;;`);
}

/** An empty reply makes bash complete files. */
function bodyOf(values: Values): string {
  if (values.type === "file") return "";
  const words = values.type === "words" ? `    COMPREPLY=($(compgen -W "${values.words.join(" ")}" -- "$cur"))\n` : "";
  return `    _shadowdiff_no_files\n${words}`;
}

/** Completes commands and arguments, and options after a dash or where there is nothing else. */
function commandCase({ path, commands, options, argument }: CommandNode): string {
  const flags = options.flatMap((option) => option.flags).join(" ");
  const names = commands.map(({ name }) => name).join(" ");
  const words = argument?.type === "words" ? argument.words.join(" ") : names;
  const lines =
    argument?.type === "file"
      ? [`[[ $cur == -* ]] || return`, `words="${flags}"`]
      : words === ""
        ? [`words="${flags}"`]
        : [`words="${words}"`, `[[ $cur == -* ]] && words="${flags}"`];
  return [`  "${path}")`, ...lines.map((line) => `    ${line}`), "    ;;"].join("\n");
}
