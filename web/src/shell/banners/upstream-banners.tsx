import type { ReactElement } from "react";
import type { DownUpstream } from "../../../../src/model/status.ts";
import { failureText, upstreamText } from "../../../../src/presentation/words/failure-words.ts";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { Banner } from "../../ui/banner.tsx";
import { formatDateTime } from "../../ui/time.ts";

/** Addresses that do not respond. Clients notice only a primary. */
export function UpstreamBanners({ down }: { readonly down: readonly DownUpstream[] }): readonly ReactElement[] {
  return down.map((upstream) => (
    <Banner
      key={`${upstream.subset} ${upstream.address}`}
      tone={upstream.role === "primary" ? "bad" : "warn"}
      title={`${sentence(upstreamText(upstream))} is down since ${formatDateTime(upstream.since)}:`}
    >
      {failureText(upstream)}. {formatPlural(upstream.failed, "request")} failed so far.
    </Banner>
  ));
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
