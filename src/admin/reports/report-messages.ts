import type { StoreLocation } from "../../model/store/store-location.ts";
import type { ApiErrorCode } from "../api-error.ts";
import type { Answer, Question, QuestionName } from "./questions.ts";
import type { ReportChange, ReportFacts } from "./report-desk.ts";

/** What the report thread is started with. */
export interface ReportThreadData {
  readonly location: StoreLocation;
  readonly facts: ReportFacts;
}

export type MainToReport =
  | { readonly type: "facts"; readonly facts: ReportFacts }
  | {
      readonly type: "ask";
      readonly id: number;
      readonly name: QuestionName;
      readonly question: Question<QuestionName>;
      readonly isJson: boolean;
    }
  | { readonly type: "changed"; readonly change: ReportChange }
  /** Nothing more is asked. The thread ends. */
  | { readonly type: "close" };

interface Reply {
  readonly id: number;
  /** See `Reports.restMs`. */
  readonly restMs: number;
}

export type ReportToMain =
  | (Reply & { readonly type: "answer"; readonly answer: Answer<QuestionName> | Uint8Array })
  | (Reply & { readonly type: "failure"; readonly failure: Failure })
  | { readonly type: "metrics"; readonly snapshot: readonly object[] };

/** An error that can be cloned. */
export interface Failure {
  /** Null for a defect. */
  readonly api: { readonly code: ApiErrorCode; readonly message: string; readonly remedy: string } | null;
  /** The error, or its cause. */
  readonly error: Error | undefined;
}
