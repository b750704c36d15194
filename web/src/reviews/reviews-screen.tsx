import type { ReactElement } from "react";
import { useAudit, useReviews } from "../data/queries.ts";
import { AuditTable } from "./audit-table.tsx";
import { QueryState } from "../ui/query-state.tsx";
import { ReviewTable } from "./review-table.tsx";
import { useTitle } from "../ui/use-title.ts";

/** `/reviews`: reviewed causes and the audit log, for all runs. */
export function ReviewsScreen(): ReactElement {
  const reviews = useReviews();
  const audit = useAudit();
  useTitle("Reviews");
  return (
    <>
      <section className="panel" aria-labelledby="reviews-title">
        <h1 id="reviews-title">Reviews</h1>
        <QueryState query={reviews} what="the reviews">
          {(data) => <ReviewTable reviews={data.reviews} />}
        </QueryState>
      </section>
      <section className="panel" aria-labelledby="audit-title">
        <h2 id="audit-title">Audit log</h2>
        <QueryState query={audit} what="the audit log">
          {({ lines }) => <AuditTable lines={lines} />}
        </QueryState>
      </section>
    </>
  );
}
