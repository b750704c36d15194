import { holdsSecret, percentDecoded } from "../../secrets/sensitive-names.ts";
import { redactJson } from "./redact-json.ts";
import type { Redactor } from "./body-redactor.ts";
import { isTable, maskTable } from "./table-masker.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

/**
 * A text body in the form in which it may be stored.
 * @param mediaType without parameters, in lower case
 * @param saysJson also when it is not; what begins like JSON is looked into anyway
 */
export function redactText(text: string, mediaType: string, redactor: Redactor, saysJson = false): string {
  if (mediaType === FORM_TYPE) return redactor.text(redactForm(text, redactor));
  if (isTable(mediaType)) return redactor.text(maskTable(text, redactor));
  return redactor.text(saysJson ? redactJson(text, redactor) : text);
}

function redactForm(text: string, redactor: Redactor): string {
  return text
    .split("&")
    .map((field) => {
      const equals = field.indexOf("=");
      const value = field.slice(equals + 1);
      if (equals === -1 || value === "" || !holdsSecret(field.slice(0, equals), value)) return field;
      return `${field.slice(0, equals)}=${redactor.whole(formDecoded(value))}`;
    })
    .join("&");
}

function formDecoded(text: string): string {
  return percentDecoded(text.replaceAll("+", " "));
}
