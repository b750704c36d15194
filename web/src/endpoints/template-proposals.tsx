import { useState, type ReactElement } from "react";
import type { TemplateProposal } from "../../../src/model/views/templates.ts";
import { formatCount } from "../../../src/presentation/words/number-format.ts";
import { useTemplates } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";
import { positionOf, useDecideTemplate, useUndecideTemplate } from "../data/template-changes.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import "./endpoints.css";

/** What was decided last on this screen, to undo it. */
interface Decided {
  readonly proposal: TemplateProposal;
  readonly decision: "one" | "apart";
}

/** Path segments whose values look alike: one click counts them as one endpoint or keeps them apart, and another undoes it. */
export function TemplateProposals({ limit }: { readonly limit: number }): ReactElement | null {
  const { run, candidate } = useSelection();
  const { data } = useTemplates({ run: run.id, candidate });
  const [decided, setDecided] = useState<Decided | null>(null);
  const decide = useDecideTemplate();
  const undecide = useUndecideTemplate();
  const open = (data?.proposals ?? []).filter(({ template }) => template !== decided?.proposal.template);
  const proposals = open.slice(0, limit);
  if (proposals.length === 0 && decided === null) return null;
  const take = (proposal: TemplateProposal, decision: Decided["decision"]): void => {
    const { parameter, literals } = proposal;
    const position = positionOf(proposal);
    const change = decision === "one" ? { decision, ...position, parameter, literals } : { decision, ...position };
    decide.mutate(change, { onSuccess: () => setDecided({ proposal, decision }) });
  };
  const undo = ({ proposal }: Decided): void => undecide.mutate(proposal, { onSuccess: () => setDecided(null) });
  return (
    <section className="banner banner-info" aria-label="Path templates" data-template-proposals>
      {decided === null ? null : (
        <div className="proposal">
          <output>
            <code>{decided.proposal.template}</code>{" "}
            {decided.decision === "one" ? "counts as one endpoint." : "is kept apart."}
          </output>
          <button type="button" disabled={undecide.isPending} onClick={() => undo(decided)}>
            Undo
          </button>
        </div>
      )}
      {proposals.map((proposal) => (
        <p key={`${proposal.route} ${proposal.template}`} className="proposal">
          <ProposalText proposal={proposal} />
          <span className="buttons">
            <button type="button" disabled={decide.isPending} onClick={() => take(proposal, "one")}>
              Count as one
            </button>
            <button type="button" disabled={decide.isPending} onClick={() => take(proposal, "apart")}>
              Keep apart
            </button>
          </span>
        </p>
      ))}
      <ErrorMessage error={decide.error ?? undecide.error} />
    </section>
  );
}

function ProposalText({ proposal }: { readonly proposal: TemplateProposal }): ReactElement {
  const { template, values, examples, literals } = proposal;
  return (
    <span>
      <code>{template}</code>: {formatCount(values)} paths look alike{" "}
      <span className="muted">({examples.join(", ")}, …)</span>
      {literals.length === 0 ? null : (
        <span className="muted">; far more frequent, so separate: {literals.join(", ")}</span>
      )}
    </span>
  );
}
