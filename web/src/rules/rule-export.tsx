import type { ReactElement } from "react";
import type { Rule } from "../../../src/model/rule.ts";
import { rulesYaml } from "../../../src/presentation/rules/rules-yaml.ts";
import { useBroadRules } from "../data/rule-changes.ts";
import { useSelection } from "../data/selection.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { QueryState } from "../ui/query-state.tsx";

/** All rules as YAML for the configuration file. */
export function RuleExport({ rules }: { readonly rules: readonly Rule[] }): ReactElement {
  const { run, candidate } = useSelection();
  const broad = useBroadRules({ run: run.id, candidate }, rules);
  return (
    <QueryState query={broad} what="the rules">
      {(ids) => <YamlText text={rulesYaml(rules, ids)} />}
    </QueryState>
  );
}

function YamlText({ text }: { readonly text: string }): ReactElement {
  return (
    <>
      <pre className="command" data-rules-yaml>
        {text}
      </pre>
      <p className="buttons export-bar">
        <CopyButton text={text} />
        <a href={`data:application/yaml;charset=utf-8,${encodeURIComponent(text)}`} download="shadowdiff-rules.yaml">
          Download
        </a>
      </p>
      <p className="hint">
        Rules added here stay active in addition to those in the configuration. Remove them here once the configuration
        contains them.
      </p>
    </>
  );
}
