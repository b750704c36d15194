import { useEffect, useState } from "react";
import type { UseMutationResult, UseQueryResult } from "@tanstack/react-query";
import type { RulePreview } from "../../../src/model/views/change-preview.ts";
import { isOverBroad, usePreview } from "../data/rule-changes.ts";
import type { RuleDraft } from "../data/rule-draft.ts";
import { useSelection } from "../data/selection.ts";
import { useDecide, type Decision } from "../decide/use-decide.ts";
import type { RulesSearch } from "../search-params.ts";
import { initialInputs, ruleDraft, type RuleInputs } from "./rule-inputs.ts";

const PREVIEW_DELAY_MS = 300;

interface RuleForm {
  readonly inputs: RuleInputs;
  readonly set: (change: Partial<RuleInputs>) => void;
  readonly draft: RuleDraft | null;
  /** What the rule would hide, a moment after the last keystroke. */
  readonly preview: UseQueryResult<RulePreview>;
  readonly needsForce: boolean;
  readonly add: Pick<UseMutationResult<unknown, Error, Decision>, "error" | "isPending">;
  readonly submit: (force: boolean) => void;
}

/** The state of the form for a new rule. */
export function useRuleForm(search: RulesSearch): RuleForm {
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const [inputs, setInputs] = useState(() => initialInputs(search));
  const decide = useDecide(scope);
  const draft = ruleDraft(inputs);
  // Owner and reason do not change what the rule hides.
  const typed = useDebounced(JSON.stringify(draft && { ...draft, owner: "", reason: "" }), PREVIEW_DELAY_MS);
  const previewed = JSON.parse(typed) as RuleDraft | null;
  const preview = usePreview(scope, previewed === null ? null : [previewed]);
  return {
    inputs,
    set: (change) => setInputs((last) => ({ ...last, ...change })),
    draft,
    preview,
    needsForce: (preview.data?.overBroad ?? null) !== null || isOverBroad(decide.error),
    add: decide,
    submit: (force) => {
      if (draft === null) return;
      const what = `the ${draft.action.type} rule`;
      decide.mutate({ kind: "rules", what, rules: [draft], force }, { onSuccess: () => setInputs(initialInputs({})) });
    },
  };
}

/** The text once it has been stable for a number of milliseconds, so that typing causes one request per pause. */
function useDebounced(text: string, waitMs: number): string {
  const [debounced, setDebounced] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(text), waitMs);
    return () => clearTimeout(timer);
  }, [text, waitMs]);
  return debounced;
}
