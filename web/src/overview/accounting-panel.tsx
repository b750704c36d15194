import type { ReactElement } from "react";
import type { Report } from "../../../src/model/report.ts";
import { openText } from "../../../src/presentation/verdict/accounting-sums.ts";
import { formatCount, formatPlural } from "../../../src/presentation/words/number-format.ts";

type Accounted = Pick<Report, "accounting" | "parity">;

interface Term {
  readonly name: string;
  readonly count: number;
  /** Reasons with their counts, most frequent first. */
  readonly reasons: readonly (readonly [string, number])[];
  readonly tone: "good" | "bad" | "warn" | "soft" | "plain";
}

interface Equation {
  readonly name: string;
  readonly count: number;
  readonly terms: readonly Term[];
}

function term(name: string, tone: Term["tone"], counts: number | Readonly<Partial<Record<string, number>>>): Term {
  if (typeof counts === "number") return { name, tone, count: counts, reasons: [] };
  const reasons = Object.entries(counts)
    .filter((entry): entry is [string, number] => (entry[1] ?? 0) > 0)
    .sort((left, right) => right[1] - left[1]);
  return { name, tone, reasons, count: reasons.reduce((sum, [, count]) => sum + count, 0) };
}

/** The invariants of the accounting; each equation splits a number of the one before. */
function equationsOf({ accounting, parity }: Accounted): readonly Equation[] {
  // Parity is the share of exchanges without a counting difference; rounding restores the integer.
  const counting = Math.round(accounting.compared * (1 - parity.rate));
  const differed: Term = { ...term("differed", "warn", accounting.differed), reasons: [["beyond noise", counting]] };
  return [
    {
      name: "received",
      count: accounting.received,
      terms: [
        term("mirrored", "plain", accounting.mirrored),
        term("sampled out", "soft", accounting.sampledOut),
        term("not mirrored", "soft", accounting.notMirrored),
        term("dropped", "bad", accounting.dropped),
      ],
    },
    {
      name: "mirrored",
      count: accounting.mirrored,
      terms: [term("compared", "plain", accounting.compared), term("skipped", "soft", accounting.skipped)],
    },
    {
      name: "compared",
      count: accounting.compared,
      terms: [term("matched", "good", accounting.matched), differed],
    },
  ];
}

function EquationRow({ equation }: { readonly equation: Equation }): ReactElement {
  const sum = equation.terms.reduce((total, { count }) => total + count, 0);
  return (
    <div className="equation" data-equation={equation.name}>
      <dt>
        <span className="equation-name">{equation.name}</span>{" "}
        <span className="equation-count">{formatCount(equation.count)}</span>
      </dt>
      <dd>
        <span className="equation-bar" aria-hidden="true">
          {equation.terms.map(({ name, count, tone }) => (
            <span key={name} className={`equation-part tone-${tone}`} style={{ flexGrow: count }} />
          ))}
        </span>
        <span className="equation-terms">
          <span className="equation-sign">{sum === equation.count ? "=" : "≠"}</span>
          {equation.terms.map(({ name, count, reasons, tone }, index) => (
            <span key={name} className={count === 0 ? "equation-term equation-zero" : "equation-term"} data-term={name}>
              {index === 0 ? null : <span className="equation-sign">+</span>}
              <span className={`equation-dot tone-${tone}`} aria-hidden="true" />
              {name} <b>{formatCount(count)}</b>
              {reasons.length === 0 ? null : (
                <span className="muted">
                  {" "}
                  ({reasons.map(([reason, n]) => `${reason} ${formatCount(n)}`).join(", ")})
                </span>
              )}
            </span>
          ))}
          {sum === equation.count ? null : <span className="error-text"> the counts do not add up</span>}
        </span>
      </dd>
    </div>
  );
}

/** @param noiseCompared compared exchanges that also have a secondary response */
function noiseSentence(noiseCompared: number): string {
  if (noiseCompared === 0) return "No compared exchange has a secondary response, so noise cannot be measured.";
  const subject = formatPlural(noiseCompared, "compared exchange");
  return noiseCompared === 1
    ? `${subject} has a secondary response, which measures the noise.`
    : `${subject} have a secondary response, which measures the noise.`;
}

/** What happened to every request that was received. */
export function AccountingPanel({ report }: { readonly report: Accounted }): ReactElement {
  const open = openText(report.accounting);
  return (
    <section className="panel" aria-labelledby="accounting-title">
      <h2 id="accounting-title">Request accounting</h2>
      <dl className="equations">
        {equationsOf(report).map((equation) => (
          <EquationRow key={equation.name} equation={equation} />
        ))}
      </dl>
      {open === "" ? null : <p className="hint">Not counted: {open}.</p>}
      <p className="hint">{noiseSentence(report.accounting.noiseCompared)}</p>
    </section>
  );
}
