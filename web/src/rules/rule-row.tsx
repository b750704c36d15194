import type { ReactElement } from "react";
import type { RuleReport } from "../../../src/model/report.ts";
import { rulePaths, type Rule } from "../../../src/model/rule.ts";
import { kindWords } from "../../../src/presentation/words/difference-words.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";
import { formatDateTime } from "../ui/time.ts";
import { ruleActionText } from "./rule-action-text.ts";

/** More paths are behind a disclosure. */
const SHOWN_PATHS = 4;

const STATES = {
  active: null,
  dead: { glyph: "○", word: "dead", help: "In force, but it never hid anything in at least 1,000 compared exchanges" },
  expired: { glyph: "◷", word: "expired", help: "No longer in force" },
} as const;

interface Props {
  readonly report: RuleReport;
  readonly onRemove: (id: string) => void;
}

/** What a rule is about, why it exists and what it does. */
export function RuleRow({ report, onRemove }: Props): ReactElement {
  const { rule, hits, past } = report;
  return (
    <tr data-row data-rule={rule.id} className={report.state === "active" ? undefined : "rule-idle"}>
      <th scope="row">
        <RuleFields rule={rule} />
      </th>
      <td>
        <code>{rule.endpoint}</code>
      </td>
      <td>
        <span className="sentence">{ruleActionText(rule.action)}</span>
      </td>
      <td className="value">
        {rule.reason}
        <span className="muted small subline">{authorText(rule)}</span>
      </td>
      <td className="nowrap">{rule.expiresAt === null ? "never" : formatDateTime(rule.expiresAt)}</td>
      <td className="number wraps">
        {formatCount(hits)} <StateBadge state={report.state} />
        {past === null || past.samples === 0 ? null : (
          <span className="muted small subline">
            explains {formatCount(past.explained)} of {formatPlural(past.samples, "earlier stored exchange")}
          </span>
        )}
      </td>
      <td>
        {rule.source === "configuration" ? (
          <span className="muted">in the configuration</span>
        ) : (
          <button type="button" aria-label={`Remove rule ${rule.id}`} onClick={() => onRemove(rule.id)}>
            Remove
          </button>
        )}
      </td>
    </tr>
  );
}

function authorText({ owner, createdBy }: Rule): string {
  if (owner !== "" && createdBy !== "") return `${owner}, added by ${createdBy}`;
  return owner === "" ? `added by ${createdBy}` : owner;
}

function StateBadge({ state }: Pick<RuleReport, "state">): ReactElement | null {
  const badge = STATES[state];
  if (badge === null) return null;
  return (
    <span className="badge badge-likely" title={badge.help}>
      <span aria-hidden="true">{badge.glyph}</span> {badge.word}
    </span>
  );
}

function RuleFields({ rule }: { readonly rule: Rule }): ReactElement {
  const paths = rulePaths(rule);
  const rest = paths.slice(SHOWN_PATHS);
  return (
    <>
      <span className="muted">
        {rule.section}
        {rule.kind === undefined ? "" : `, ${kindWords(rule.kind)}`}
      </span>
      <ul className="chips">
        {paths.slice(0, SHOWN_PATHS).map((path) => (
          <li key={path}>
            <code>{path}</code>
          </li>
        ))}
      </ul>
      {rest.length === 0 ? null : (
        <details>
          <summary>{formatPlural(rest.length, "more path")}</summary>
          <ul className="chips">
            {rest.map((path) => (
              <li key={path}>
                <code>{path}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
