import type { Logger } from "../telemetry/logger.ts";
import { templateName, type LearnedTemplate } from "./learned-template.ts";

/** Logs the templates that traffic has shown since. @param before undefined at the start, when none of them is new */
export function logNewlyLearned(
  log: Logger,
  before: readonly LearnedTemplate[] | undefined,
  templates: readonly LearnedTemplate[],
): void {
  const known = new Set((before ?? templates).map(routedName));
  for (const template of templates) {
    if (template.decided !== undefined || known.has(routedName(template))) continue;
    const { route, literals } = template;
    log.info({ route, literals }, `learned from traffic: ${templateName(template)}`);
  }
}

/** Routes can have templates of the same name. */
function routedName(template: LearnedTemplate): string {
  return `${templateName(template)}\n${template.route}`;
}
