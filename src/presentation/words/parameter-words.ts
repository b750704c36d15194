import type { ParameterShare } from "../../model/difference.ts";
import { formatCount } from "./number-format.ts";

/** A parameter explains a cause if chance would distribute its exchanges like this once in so many causes. */
const MAX_CHANCE = 1e-4;
/** Nearly all exchanges of a cause. */
const MOSTLY = 0.95;
const MAX_NAMED = 2;

/** `?_sort`, `no parameters`, `other parameters`. */
export function parameterLabel({ kind, name }: Pick<ParameterShare, "kind" | "name">): string {
  if (kind === "name") return `?${name}`;
  return kind === "none" ? "no parameters" : "other parameters";
}

/**
 * Where a cause shows, if a query parameter explains that: `only with ?_sort (120 of 120)`.
 * @param parameters of a cause, clearest first
 * @returns null if none explains it
 */
export function parameterPhrase(parameters: readonly ParameterShare[]): string | null {
  const share = parameters.find((each) => kindOf(each) !== null);
  const kind = share === undefined ? null : kindOf(share);
  if (share === undefined || kind === null) return null;
  const alike = parameters.filter(
    (each) => each.kind === share.kind && kindOf(each) === kind && hasSameCounts(each, share),
  );
  const [count, compared] =
    kind === "without" ? [share.countWithout, share.comparedWithout] : [share.count, share.compared];
  const names = alike.slice(0, MAX_NAMED).map(parameterLabel).join(" and ");
  const where = share.kind === "none" ? WORDS[kind].replace("with", "without parameters") : `${WORDS[kind]} ${names}`;
  return `${where} (${formatCount(count)} of ${formatCount(compared)})`;
}

type Explanation = "only" | "mostly" | "without";

const WORDS: Readonly<Record<Explanation, string>> = {
  only: "only with",
  mostly: "mostly with",
  without: "only without",
};

function kindOf({ kind, count, compared, countWithout, comparedWithout }: ParameterShare): Explanation | null {
  const all = count + countWithout;
  const total = compared + comparedWithout;
  if (kind === "other" || all === 0 || compared === 0 || comparedWithout === 0) return null;
  const chance = (compared / total) ** all;
  if (countWithout === 0) return chance <= MAX_CHANCE ? "only" : null;
  if (count === 0) return kind === "name" && (comparedWithout / total) ** all <= MAX_CHANCE ? "without" : null;
  // Half of the exchanges have the parameter at most, so that the share is no chance.
  return count >= MOSTLY * all && compared * 2 <= total && chance <= MAX_CHANCE ? "mostly" : null;
}

function hasSameCounts(one: ParameterShare, other: ParameterShare): boolean {
  return one.count === other.count && one.compared === other.compared;
}
