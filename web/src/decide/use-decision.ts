import { useState } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReviewPreview, RulePreview } from "../../../src/model/views/change-preview.ts";
import { useReviewPreview } from "../data/review-changes.ts";
import { isOverBroad, usePreview } from "../data/rule-changes.ts";
import { useSelection } from "../data/selection.ts";
import type { DecisionInputs } from "./decision-fields.tsx";
import {
  defaultReason,
  ignoreRules,
  isWide,
  targetText,
  type DecisionKind,
  type DecisionTarget,
  type RuleScope,
} from "./decision-target.ts";
import { useDecide, type Decision } from "./use-decide.ts";

interface OpenDecision {
  readonly inputs: DecisionInputs;
  readonly set: (change: Partial<DecisionInputs>) => void;
  /** Of the rules of `ignore`. */
  readonly rulePreview: UseQueryResult<RulePreview>;
  /** Of `accept` and `deny`. */
  readonly reviewPreview: UseQueryResult<ReviewPreview>;
  /** How many endpoints it concerns, once the preview has arrived. */
  readonly endpoints: number | undefined;
  readonly needsForce: boolean;
  /** Whether it can be made: its effect is known, it has a reason, and force where that is needed. */
  readonly isReady: boolean;
  readonly isPending: boolean;
  readonly error: Error | null;
  /** Resolves to whether the decision was carried out. */
  readonly carryOut: () => Promise<boolean>;
}

/** A decision that is being made, with its preview. */
export function useDecision(kind: DecisionKind, target: DecisionTarget): OpenDecision {
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const decide = useDecide(scope);
  const [inputs, setInputs] = useState<DecisionInputs>({
    reason: kind === "ignore" ? defaultReason(target) : "",
    expiry: "",
    scope: "everywhere",
    force: false,
  });
  const rules = ignoreRules(target, inputs.scope);
  const signatures = target.causes.map(({ signature }) => signature);
  const rulePreview = usePreview(scope, kind === "ignore" ? rules : null);
  const review = { signatures, decision: reviewOf(kind), endpoints: onlyHere(target, inputs.scope) };
  const reviewPreview = useReviewPreview(scope, kind === "ignore" ? null : review);
  const decision = (): Decision => {
    const reason = inputs.reason.trim();
    const expiresAt = kind === "deny" || inputs.expiry === "" ? null : inputs.expiry;
    const what = targetText(target);
    if (kind !== "ignore") return { kind: "review", what, ...review, reason, expiresAt };
    return { kind, what, rules: rules.map((rule) => ({ ...rule, reason, expiresAt })), force: inputs.force };
  };
  const effect = (kind === "ignore" ? rulePreview : reviewPreview).data;
  const needsForce = (rulePreview.data?.overBroad ?? null) !== null || isOverBroad(decide.error);
  return {
    inputs,
    isReady: effect !== undefined && inputs.reason.trim() !== "" && (!needsForce || inputs.force),
    set: (change) => setInputs((last) => ({ ...last, ...change })),
    rulePreview,
    reviewPreview,
    endpoints: effect?.endpoints.length,
    needsForce,
    isPending: decide.isPending,
    error: decide.error,
    carryOut: async () => {
      try {
        // The row that contains the form can be gone before the callbacks of `mutate` would run.
        await decide.mutateAsync(decision());
        return true;
      } catch {
        // `error` says why.
        return false;
      }
    },
  };
}

/** The endpoints of a review that is limited to where its causes were opened; undefined for all that have them. */
function onlyHere(target: DecisionTarget, scope: RuleScope): readonly string[] | undefined {
  if (scope === "everywhere" || !isWide(target)) return undefined;
  return [...new Set(target.causes.map(({ endpoint }) => endpoint))];
}

function reviewOf(kind: DecisionKind): "accepted" | "denied" {
  return kind === "deny" ? "denied" : "accepted";
}
