import type { ReactElement } from "react";
import type { Report } from "../../../src/model/report.ts";
import { rulePaths } from "../../../src/model/rule.ts";
import {
  EVERY_ENDPOINT,
  presetEffect,
  presetOf,
  presetPath,
  RULE_PRESETS,
} from "../../../src/presentation/rules/rule-presets.ts";
import { useSelection } from "../data/selection.ts";
import { useDecide } from "../decide/use-decide.ts";
import type { RuleDraft } from "../data/rule-draft.ts";
import { ErrorMessage } from "../ui/error-message.tsx";

type Presets = Pick<Report, "rules" | "suggestions">;

function presetRule(name: string, reason: string): RuleDraft {
  return {
    endpoint: EVERY_ENDPOINT,
    section: "header",
    path: presetPath(name),
    kind: undefined,
    action: { type: "ignore" },
    owner: "",
    reason,
    expiresAt: null,
  };
}

function effectOf({ suggestions }: Presets, name: string): string {
  return presetEffect(suggestions.find(({ preset }) => preset === name) ?? { causes: 0, partly: 0 });
}

function isActive({ rules }: Presets, name: string): boolean {
  return rules.some(
    ({ rule, state }) => state !== "expired" && rulePaths(rule).some((path) => presetOf(path)?.name === name),
  );
}

/** Adds a preset with one click. */
export function AddPreset({ name, reason }: { readonly name: string; readonly reason: string }): ReactElement {
  const { run, candidate } = useSelection();
  const add = useDecide({ run: run.id, candidate });
  const rules = [presetRule(name, reason)];
  return (
    <>
      <button
        type="button"
        className="nowrap"
        disabled={add.isPending}
        onClick={() => add.mutate({ kind: "rules", what: `the preset ${name}`, rules, force: false })}
      >
        Add preset {name}
      </button>
      <ErrorMessage error={add.error} />
    </>
  );
}

/** The presets: rules for the headers of frameworks. */
export function PresetList({ report }: { readonly report: Presets }): ReactElement {
  return (
    <div className="scroll">
      <table className="presets">
        <caption className="visually-hidden">Presets</caption>
        <thead>
          <tr>
            {["Preset", "Headers", "Effect", "Add"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {RULE_PRESETS.map(({ name, headers, reason }) => (
            <tr key={name} data-preset={name}>
              <th scope="row">
                <code className="nowrap">{name}</code>
                <div className="muted small">{reason}</div>
              </th>
              <td className="muted small">{headers.join(", ")}</td>
              <td>{isActive(report, name) ? "active" : effectOf(report, name)}</td>
              <td>{isActive(report, name) ? null : <AddPreset name={name} reason={reason} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
