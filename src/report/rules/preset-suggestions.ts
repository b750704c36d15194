import { matchesName } from "../../compare/rules/rule-match.ts";
import type { EndpointReport } from "../../model/report.ts";
import type { CauseField } from "../../model/review.ts";
import type { PresetSuggestion } from "../../model/rule.ts";
import { unreviewedCauses } from "../../presentation/verdict/headlines.ts";
import { presetPath, RULE_PRESETS } from "../../presentation/rules/rule-presets.ts";

/**
 * The presets that would hide unreviewed causes, or parts of them. A preset in force has hidden its causes already.
 * @returns those that hide most causes first, and not those that hide nothing more than one before them
 */
export function suggestPresets(endpoints: readonly EndpointReport[]): readonly PresetSuggestion[] {
  const causes = unreviewedCauses({ endpoints }).map(({ cause }) => cause);
  const narrowestFirst = RULE_PRESETS.toSorted((one, other) => one.headers.length - other.headers.length);
  const suggestions = narrowestFirst.map(({ name, reason }): PresetSuggestion => {
    const isHidden = ({ section, path }: CauseField): boolean =>
      section === "header" && matchesName(presetPath(name), path);
    const touched = causes.filter(({ fields }) => fields.some(isHidden));
    const hidden = touched.filter(({ fields }) => fields.every(isHidden)).length;
    const headers = new Set(touched.flatMap(({ fields }) => fields.filter(isHidden).map(({ path }) => path)));
    return { preset: name, reason, causes: hidden, partly: touched.length - hidden, headers: [...headers].toSorted() };
  });
  return suggestions
    .filter(({ headers }) => headers.length > 0)
    .toSorted((a, b) => b.causes - a.causes || b.partly - a.partly)
    .filter(({ headers }, index, all) =>
      all.slice(0, index).every((earlier) => headers.some((header) => !earlier.headers.includes(header))),
    );
}
