import type { AuditLine, Review } from "./review.ts";
import type { Rule } from "./rule.ts";

/** What the admin listener asks the store thread to write, beside the counts. */
export type StoreEdit = (
  | { readonly type: "add-rule"; readonly rule: Rule }
  | { readonly type: "remove-rule"; readonly id: string }
  /** Replaces an earlier decision about the same signature. */
  | { readonly type: "review"; readonly review: Review }
  /** Back to undecided. */
  | { readonly type: "remove-review"; readonly signature: string }
) & { readonly audit: AuditLine };
