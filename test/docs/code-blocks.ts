import { fromMarkdown } from "mdast-util-from-markdown";
import type { Nodes } from "mdast";

/** A fenced code block of a document. */
export interface CodeBlock {
  /** Line of its fence. */
  readonly line: number;
  /** `sh`, `yaml`; empty if the fence names none. */
  readonly language: string;
  readonly text: string;
}

/** All fenced code blocks of a Markdown document in its order, also those in lists. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return blocksBelow(fromMarkdown(markdown));
}

function blocksBelow(node: Nodes): readonly CodeBlock[] {
  if (node.type === "code") {
    return [{ line: node.position?.start.line ?? 0, language: node.lang ?? "", text: node.value }];
  }
  return "children" in node ? node.children.flatMap((child) => blocksBelow(child)) : [];
}

/** A command of a console block, with the output that the document shows. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

/** Commands begin with `$ ` and go on while their lines end with a backslash or a quote is open. */
export function shownCommands({ text }: CodeBlock): readonly ShownCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const lines = part.split("\n");
      let end = 1;
      while (end < lines.length && !isCompleteCommand(lines.slice(0, end).join("\n"))) end += 1;
      return { command: lines.slice(0, end).join("\n"), output: lines.slice(end).join("\n") };
    });
}

function isCompleteCommand(command: string): boolean {
  const singleQuotes = command.split("'").length - 1;
  return !command.endsWith("\\") && singleQuotes % 2 === 0;
}
