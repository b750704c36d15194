import { Link } from "@tanstack/react-router";
import { Fragment, type ReactElement } from "react";
import type { ConditionCount, ExplanationFinding } from "../../../../src/model/explain/explanation.ts";
import type { CauseSearch } from "../../search-params.ts";
import { oddsText } from "../../endpoint/fields/evidence-text.ts";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { findingWords, prevalenceText, ratioText, shareText } from "./finding-words.ts";

interface Props {
  readonly signature: string;
  readonly findings: readonly ExplanationFinding[];
  readonly search: CauseSearch;
}

/** The findings, strongest first: how often the cause shows with a condition, and without it. One selects its exchanges. */
export function FindingTable({ signature, findings, search }: Props): ReactElement {
  return (
    <div className="scroll">
      <table className="findings" data-first-focus>
        <caption className="visually-hidden">
          Conditions with which exchanges have this cause more often than without, strongest first
        </caption>
        <thead>
          <tr>
            <th scope="col">Condition</th>
            <th scope="col">Exchanges</th>
            <th scope="col">With this cause</th>
            <th scope="col">How much more often</th>
          </tr>
        </thead>
        {findings.map((finding) => (
          <FindingRows key={findingWords(finding)} signature={signature} finding={finding} search={search} />
        ))}
      </table>
    </div>
  );
}

interface RowsProps extends Omit<Props, "findings"> {
  readonly finding: ExplanationFinding;
}

function FindingRows({ signature, finding, search }: RowsProps): ReactElement {
  const words = findingWords(finding);
  const isSelected = search.finding === words;
  return (
    <tbody data-row data-finding={words} className={isSelected ? "selected" : undefined}>
      <tr>
        <th scope="rowgroup" rowSpan={2}>
          <Link
            to="/causes/$signature"
            params={{ signature }}
            search={(last) => ({ ...last, finding: isSelected ? undefined : words })}
            resetScroll={false}
            className="mono-link"
            aria-current={isSelected ? "true" : undefined}
          >
            {finding.conditions.map(({ words: own }, index) => (
              <Fragment key={own}>
                {index === 0 ? null : <b className="finding-and"> and </b>}
                <SafeText text={own} />
              </Fragment>
            ))}
          </Link>
          <span className="muted small subline finding-prevalence">{prevalenceText(finding)}</span>
        </th>
        <BarCells mark="+" label="with it" side="with" count={finding.with} finding={finding} />
        <td rowSpan={2} title={`${oddsText(finding)} against chance`}>
          {ratioText(finding)}
        </td>
      </tr>
      <tr>
        <BarCells mark="−" label="all others" side="without" count={finding.without} finding={finding} />
      </tr>
    </tbody>
  );
}

interface BarProps {
  readonly mark: string;
  readonly label: string;
  readonly side: "with" | "without";
  readonly count: ConditionCount;
  readonly finding: ExplanationFinding;
}

function BarCells({ mark, label, side, count, finding }: BarProps): ReactElement {
  const share = count.compared === 0 ? 0 : Math.min(1, count.count / count.compared);
  return (
    <>
      <th scope="row" className="nowrap">
        <span aria-hidden="true">{mark}</span> {label}
      </th>
      <td className="finding-bar-cell">
        <span className="finding-bar" aria-hidden="true">
          <span className={`finding-fill finding-${side}`} style={{ width: `${share * 100}%` }} />
        </span>
        <span className="finding-count">{shareText(count, finding)}</span>
      </td>
    </>
  );
}
