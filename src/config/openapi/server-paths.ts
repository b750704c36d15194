import type { OpenApiNode } from "./openapi-node.ts";

const VARIABLE = /\{([^{}]+)\}/g;
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;
/** A server with more values of its variables than this has its variables as parameters. */
const MAX_PATHS = 20;

/**
 * The base paths of servers, without a slash at the end: `""` and `/v1`. A variable stands for its values, or if there are none
 * for its default.
 * @param servers a list of Server Objects; undefined or empty for one at `/`
 */
export function serverPaths(servers: OpenApiNode | undefined): readonly string[] {
  const elements = servers?.elements() ?? [];
  if (elements.length === 0) return [""];
  return [...new Set(elements.flatMap(pathsOf))];
}

function pathsOf(server: OpenApiNode): readonly string[] {
  const url = server.child("url")?.value;
  const template = typeof url === "string" ? url : "/";
  // A relative URL is a path too: the server of the document is the one that shadowdiff stands for.
  const path = template.replace(ORIGIN, "").replace(/[?#].*$/, "");
  const names = [...new Set([...path.matchAll(VARIABLE)].map(([, name = ""]) => name))];
  let paths = [path];
  for (const name of names) {
    const values = valuesOf(server.child("variables")?.child(name));
    const next = paths.flatMap((one) => values.map((value) => one.replaceAll(`{${name}}`, () => value)));
    if (values.length > 0 && next.length <= MAX_PATHS) paths = next;
  }
  return paths.map(normalized);
}

function valuesOf(variable: OpenApiNode | undefined): readonly string[] {
  const listed = variable?.child("enum")?.elements() ?? [];
  const preset = variable?.child("default");
  const values = listed.length > 0 ? listed : preset === undefined ? [] : [preset];
  return values.map(({ value }) => String(value));
}

function normalized(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" || trimmed.startsWith("/") ? trimmed : `/${trimmed.replace(/^(?:\.\.?\/)+/, "")}`;
}
