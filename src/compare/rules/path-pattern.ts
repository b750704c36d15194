import { LRUCache } from "lru-cache";

/** One step of a field path below `$`. */
export type PathStep =
  | { readonly type: "member"; readonly name: string }
  | { readonly type: "element" }
  /** Keys that are data, written as `{*}`. */
  | { readonly type: "dynamic" };

interface PatternStep {
  /** Whether any number of steps can precede it (`..`). */
  readonly descend: boolean;
  /** `any`: one member with any name. */
  readonly step: PathStep | { readonly type: "any" };
}

export type PathPattern = readonly PatternStep[];

const STEP = /(\.\.?)(\*|[^.[\]{}…*'"\s]+)|(\.\.)?(?:\[(\*\w*)\]|(\{\*\})|\['((?:[^'\\]|\\.)*)'\])/y;

/**
 * Parses the path pattern of a rule: `$.items[*].price`, `$['a.b']`, `$.*.at` (one member), `$..at` (any depth), `$.map{*}`
 * (keys that are data).
 * @returns undefined when the pattern is invalid. An index such as `[0]` is invalid, because field paths have no indexes
 */
export function parsePathPattern(pattern: string): PathPattern | undefined {
  return parsePath(pattern, true);
}

const stepsByPath = new LRUCache<string, readonly PathStep[]>({ max: 5_000 });

/** The steps of a field path, up to a part that is truncated (`…`) or cannot be parsed. */
export function stepsOf(path: string): readonly PathStep[] {
  const known = stepsByPath.get(path);
  if (known !== undefined) return known;
  const steps = (parsePath(path, false) ?? []).map(({ step }) => step as PathStep);
  stepsByPath.set(path, steps);
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

/** The match state of a pattern: possible numbers of matched steps. Empty when it cannot match here or below. */
export type MatchProgress = readonly number[];

export const AT_ROOT: MatchProgress = [0];

/** Advances from a path to a child. A pattern that has matched also matches all paths below. */
export function advance(pattern: PathPattern, progress: MatchProgress, step: PathStep): MatchProgress {
  const next = new Set<number>();
  for (const matched of progress) {
    const wanted = pattern[matched];
    if (wanted === undefined) next.add(matched);
    else {
      if (wanted.descend) next.add(matched);
      if (matchesStep(wanted.step, step)) next.add(matched + 1);
    }
  }
  return [...next];
}

/** Whether the pattern matches this path or one above it. */
export function hasMatched(pattern: PathPattern, progress: MatchProgress): boolean {
  return progress.includes(pattern.length);
}

function matchesStep(wanted: PatternStep["step"], step: PathStep): boolean {
  if (wanted.type === "any") return step.type !== "element";
  return wanted.type === "member" ? step.type === "member" && step.name === wanted.name : wanted.type === step.type;
}
