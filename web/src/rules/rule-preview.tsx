import type { ReactElement } from "react";
import type { RulePreview } from "../../../src/model/views/change-preview.ts";
import { formatNames } from "../../../src/presentation/words/difference-words.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { ruleEffectText } from "../decide/effect-text.ts";

/** What the rule in the form would hide, in a sentence and by endpoint. */
export function RulePreviewPanel({ preview }: { readonly preview: RulePreview }): ReactElement {
  const { endpoints, denied, warnings, overBroad } = preview;
  return (
    <div data-preview>
      <p className="strong">{ruleEffectText(preview)}</p>
      <ul className="reasons">
        {endpoints.map(({ endpoint, exchanges, fields }) => (
          <li key={endpoint}>
            <code>{endpoint}</code>: {formatPlural(exchanges, "exchange")}, {formatNames(fields)}
          </li>
        ))}
        {denied.map(({ endpoint, title }) => (
          <li key={`${endpoint} ${title}`} className="error-text">
            denied, counts anyway: <code>{endpoint}</code> {title}
          </li>
        ))}
      </ul>
      {warnings.map((warning) => (
        <p key={warning} className="error-text">
          {warning}
        </p>
      ))}
      {overBroad === null ? null : <p className="error-text">The rule hides too much. {overBroad}</p>}
    </div>
  );
}
