import type { Isolation } from "../../model/isolate/isolation.ts";
import { formatPlural } from "../../presentation/words/number-format.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";

/** The result of an isolation for a terminal. The command is a line of its own, to be copied. */
export function isolationText(isolation: Isolation): string {
  const { state, title, endpoint, message, deciding, probes, request } = isolation;
  return [
    escapeText(`${state}: ${title} on ${endpoint}`),
    `  ${escapeText(message)}`,
    ...deciding.map(({ words }) => `  · ${escapeText(words)}`),
    `  ${formatPlural(probes, "request")} to each version`,
    ...(request === null ? [] : ["", escapeText(request.curl)]),
    "",
  ].join("\n");
}

/** What an isolation does at the moment, in one line. */
export function progressLine({ probes, maxProbes, parts, state, message }: Isolation): string {
  if (state === "armed") return escapeText(`${state}: ${message} Ctrl-C stops it.`);
  const left = parts.original === 0 ? "" : `, ${parts.left} of ${formatPlural(parts.original, "part")} left`;
  return `${state}: ${probes} of at most ${formatPlural(maxProbes, "request")}${left}`;
}
