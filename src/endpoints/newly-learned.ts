import { templateName, type LearnedTemplate } from "./learned-template.ts";

/** The templates that traffic has shown since. @param before undefined at the start, when none of them is new */
export function newlyLearned(
  before: readonly LearnedTemplate[] | undefined,
  templates: readonly LearnedTemplate[],
): readonly LearnedTemplate[] {
  const known = new Set((before ?? templates).map(routedName));
  return templates.filter((template) => template.decided === undefined && !known.has(routedName(template)));
}

/** Routes can have templates of the same name. */
function routedName(template: LearnedTemplate): string {
  return `${templateName(template)}\n${template.route}`;
}
