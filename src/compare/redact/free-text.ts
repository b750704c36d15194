import { mergeSpans, type Span } from "../../lib/text-spans.ts";
import { credentialSpans, encodedSecretSpans } from "../../secrets/credential-shapes.ts";
import { decodedLayers, type DecodedText } from "../../secrets/decoded-text.ts";
import { pathSecretSpans } from "../../secrets/secret-paths.ts";
import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import { assignmentSpans } from "./assignment-spans.ts";
import { embeddedMarkupSpans } from "./embedded-markup.ts";
import { insertSpans, multilineSpans, sectionSpans, valueFirstSpans } from "./block-spans.ts";
import { columnSpans, nearbySpans } from "./nearby-spans.ts";

/**
 * The spans of secrets in a text that has no parser: log lines, YAML, INI, scripts, strings in JSON and markup. The text is
 * searched as written and again with each layer of escapes decoded, so that no spelling of a name hides its value.
 * @returns spans in order, without overlap
 */
export function freeTextSpans(text: string): Span[] {
  return mergeSpans(decodedLayers(text).flatMap((layer) => originalSpans(layer, layerSpans(layer.text))));
}

function layerSpans(text: string): Span[] {
  const shaped = [credentialSpans(text), encodedSecretSpans(text), pathSecretSpans(text)];
  if (!isSensitiveName(text)) return shaped.flat();
  const named = [assignmentSpans(text), nearbySpans(text), columnSpans(text), embeddedMarkupSpans(text)];
  const blocks = [sectionSpans(text), multilineSpans(text), insertSpans(text), valueFirstSpans(text)];
  return [...shaped, ...named, ...blocks].flat();
}

function originalSpans({ starts }: DecodedText, spans: readonly Span[]): readonly Span[] {
  if (starts === undefined) return spans;
  return spans.map(({ start, end }) => ({ start: starts[start] ?? 0, end: starts[end] ?? 0 }));
}
