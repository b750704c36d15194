import { isConventional, splitEndpoint, type LearnedTemplate } from "./learned-template.ts";

/** A segment of a template. */
interface Node {
  readonly children: Map<string, Node>;
  learned: { readonly parameter: string; isLiteral(value: string): boolean } | undefined;
}

/** Replaces the values of learned parameters. */
export interface TemplateFolder {
  /** @param endpoint such as `GET /posts/first`; named by shapes and configured templates. @returns `GET /posts/{post}` */
  fold(route: string, endpoint: string): string;
  /** Replaces values in place. @param segments of a path, without the slash that it begins with */
  foldSegments(route: string, method: string, segments: string[]): void;
}

/**
 * Prepares learned templates. Folding an endpoint again changes nothing: parameters stay as they are. A configured template
 * therefore wins wherever it has a parameter; its words are literals.
 */
export function createTemplateFolder(templates: readonly LearnedTemplate[]): TemplateFolder {
  const roots = new Map<string, Map<string, Node>>();
  for (const template of templates) {
    const { route, method, parent, parameter, literals } = template;
    const ofRoute = childOf(roots, route, () => new Map<string, Node>());
    let node = childOf(ofRoute, method, createNode);
    for (const segment of parent.split("/").slice(1)) node = childOf(node.children, segment, createNode);
    node.learned = { parameter, isLiteral: compileLiterals(literals) };
  }
  const foldSegments = (route: string, method: string, segments: string[]): void => {
    let node = roots.get(route)?.get(method);
    for (let at = 0; node !== undefined && at < segments.length; at += 1) {
      const value = segments[at] ?? "";
      const { learned }: Node = node;
      const folded =
        learned === undefined || isConventional(value) || learned.isLiteral(value) ? value : learned.parameter;
      segments[at] = folded;
      node = node.children.get(folded);
    }
  };
  return {
    foldSegments,
    fold(route, endpoint) {
      if (!roots.has(route)) return endpoint;
      const { method, segments } = splitEndpoint(endpoint) ?? {};
      if (method === undefined || segments === undefined) return endpoint;
      foldSegments(route, method, segments);
      return `${method} /${segments.join("/")}`;
    },
  };
}

function createNode(): Node {
  return { children: new Map(), learned: undefined };
}

function childOf<Value>(parents: Map<string, Value>, name: string, create: () => Value): Value {
  const known = parents.get(name) ?? create();
  parents.set(name, known);
  return known;
}

function compileLiterals(literals: readonly string[]): (value: string) => boolean {
  const exact = new Set(literals.filter((literal) => !literal.includes("*")));
  const patterns = literals.filter((literal) => literal.includes("*")).map(compilePattern);
  return (value) => exact.has(value) || patterns.some((matches) => matches(value));
}

/** `*` matches any characters. Without a regular expression, which would backtrack over the segments of hostile paths. */
function compilePattern(pattern: string): (value: string) => boolean {
  const [start = "", ...parts] = pattern.split(/\*+/);
  const end = parts.pop() ?? "";
  return (value) => {
    const endsAt = value.length - end.length;
    if (!value.startsWith(start) || !value.endsWith(end)) return false;
    let at = start.length;
    for (const part of parts) {
      const found = value.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= endsAt;
  };
}
