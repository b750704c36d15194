import { useState, type ReactElement } from "react";
import type { Rule } from "../../../src/model/rule.ts";
import { useBroadRules } from "../data/rule-changes.ts";
import { rulesYaml } from "./rules-yaml.ts";
import { QueryState } from "../ui/query-state.tsx";
import { useSelection } from "../data/selection.ts";

/** All rules as a configuration has them, to keep them beside the code. */
export function RuleExport({ rules }: { readonly rules: readonly Rule[] }): ReactElement {
  const { run, candidate } = useSelection();
  const broad = useBroadRules({ run: run.id, candidate }, rules);
  return (
    <QueryState query={broad} what="the rules as YAML">
      {(ids) => <Written text={rulesYaml(rules, ids)} />}
    </QueryState>
  );
}

function Written({ text }: { readonly text: string }): ReactElement {
  const [note, setNote] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setNote("copied");
    } catch {
      setNote("the browser refused; select the text and copy it");
    }
  };
  return (
    <>
      <pre className="command" data-rules-yaml>
        {text}
      </pre>
      <p className="buttons export-bar">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <a href={`data:application/yaml;charset=utf-8,${encodeURIComponent(text)}`} download="shadowdiff-rules.yaml">
          Download
        </a>
        <output>{note}</output>
      </p>
      <p className="hint">
        Rules that were entered here go on beside those of the configuration: remove them here once they stand there.
      </p>
    </>
  );
}
