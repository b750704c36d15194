import { LRUCache } from "lru-cache";

/** One step of a shape path below `$`. */
export type ShapeStep =
  | { readonly type: "member"; readonly name: string }
  | { readonly type: "element" }
  /** Keys that are shown as `{*}`. */
  | { readonly type: "dynamic" };

interface PatternStep {
  /** Any steps may come before it. */
  readonly descend: boolean;
  /** `any`: one member, whatever its name. */
  readonly step: ShapeStep | { readonly type: "any" };
}

export type PathPattern = readonly PatternStep[];

const STEP = /(\.\.?)(\*|[^.[\]{}…*'"\s]+)|(\.\.)?(?:\[(\*\w*)\]|(\{\*\})|\['((?:[^'\\]|\\.)*)'\])/y;

/**
 * Reads the path pattern of a rule: `$.items[*].price`, `$['a.b']`, `$.*.at` (one member), `$..at` (at any depth), `$.map{*}`
 * (what stands for keys that are data).
 * @returns undefined when it is none; an index, as in `[0]`, is none, for a shape has no indexes
 */
export function parsePathPattern(pattern: string): PathPattern | undefined {
  return parsePath(pattern, true);
}

const parsed = new LRUCache<string, readonly ShapeStep[]>({ max: 5_000 });

/** The steps of a shape path; where it is cut (`…`), those before. What cannot be read has no steps below it. */
export function stepsOf(path: string): readonly ShapeStep[] {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const steps = (parsePath(path, false) ?? []).map(({ step }) => step as ShapeStep);
  parsed.set(path, steps);
  return steps;
}

function parsePath(text: string, isPattern: boolean): PathPattern | undefined {
  if (!text.startsWith("$")) return undefined;
  const steps: PatternStep[] = [];
  let at = 1;
  while (at < text.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (found === null) return isPattern ? undefined : steps;
    const [, dots = found[3], word, , element, dynamic, quoted] = found;
    const step = stepOf(word, element, dynamic, quoted);
    const descend = dots === "..";
    if (step === undefined || (!isPattern && (descend || step.type === "any"))) return isPattern ? undefined : steps;
    steps.push({ descend, step });
    at = STEP.lastIndex;
  }
  return steps;
}

function stepOf(
  word: string | undefined,
  element: string | undefined,
  dynamic: string | undefined,
  quoted: string | undefined,
): PatternStep["step"] | undefined {
  if (word !== undefined) return word === "*" ? { type: "any" } : { type: "member", name: word };
  if (element !== undefined) return { type: "element" };
  if (dynamic !== undefined) return { type: "dynamic" };
  try {
    const json = (quoted ?? "").replaceAll(/\\'|"/g, (part) => (part === '"' ? '\\"' : "'"));
    return { type: "member", name: JSON.parse(`"${json}"`) as string };
  } catch {
    return undefined;
  }
}

/** How far a pattern has got: the numbers of its steps that may be behind us. Empty: it cannot match here or below. */
export type Progress = readonly number[];

export const AT_ROOT: Progress = [0];

/** From a place to one of its children. A pattern that has matched goes on matching below. */
export function advance(pattern: PathPattern, progress: Progress, step: ShapeStep): Progress {
  const next = new Set<number>();
  for (const behind of progress) {
    const wanted = pattern[behind];
    if (wanted === undefined) next.add(behind);
    else {
      if (wanted.descend) next.add(behind);
      if (fits(wanted.step, step)) next.add(behind + 1);
    }
  }
  return [...next];
}

/** Whether a place is at or below the pattern. */
export function hasMatched(pattern: PathPattern, progress: Progress): boolean {
  return progress.includes(pattern.length);
}

function fits(wanted: PatternStep["step"], step: ShapeStep): boolean {
  if (wanted.type === "any") return step.type !== "element";
  return wanted.type === "member" ? step.type === "member" && step.name === wanted.name : wanted.type === step.type;
}
