import type { Address } from "../../model/config.ts";
import { OPTIONS } from "../../config/options/options.ts";

/** What `init` asks for. */
export interface InitAnswers {
  /** URLs, or `name=URL`. */
  readonly primary: string;
  readonly candidates: readonly string[];
  readonly noise: Noise;
}

/** How noise is measured. */
export type Noise =
  | { readonly type: "secondary"; readonly url: string }
  | { readonly type: "self-check"; readonly percent: string }
  | { readonly type: "none" };

/** The configuration with comments. @param file its name, for the command that serves it */
export function configText({ primary, candidates, noise }: InitAnswers, file: string): string {
  const { listen, admin, store, gate } = OPTIONS;
  const [only = ""] = candidates;
  const ports = portsOf([primary, ...candidates, ...(noise.type === "secondary" ? [noise.url] : [])]);
  return `# Configuration of shadowdiff. Serve it with: shadowdiff serve --config ${file}
# All options: shadowdiff serve --help

# The version that serves clients. They receive its responses unchanged.
primary: ${primary}

# The version under test. It receives copies of GET, HEAD and OPTIONS requests. Others would change data twice:
# method: [GET, HEAD, OPTIONS, POST]
candidate:${candidates.length === 1 ? ` ${only}` : candidates.map((one) => `\n  - ${one}`).join("")}
# The share of these requests that is copied.
percent: 100

${noiseText(noise)}
# Where clients connect, and the address of dashboard, API and metrics.
listen: ${freeAddress(listen.default, ports)}
admin: { listen: ${freeAddress(admin.listen.default, ports)} }

# Counts and samples of differences, in the folder where shadowdiff is started.
store: ${store.defaultText}

# What a pass requires: the share of responses without a difference, the median latency relative to the primary's, and the
# number of compared responses.
gate:
  parity: ${gate.parity.defaultText}
  latencyRatio: ${gate.latencyRatio.defaultText}
  minCompared: ${gate.minCompared.defaultText}

# Differences that do not count:
# compare:
#   rules:
#     - { endpoint: "GET /users/{id}", path: $.updatedAt, action: ignore, reason: the server's clock, owner: team-a }
`;
}

function portsOf(upstreams: readonly string[]): ReadonlySet<number> {
  return new Set(upstreams.map((text) => Number(URL.parse(text.slice(text.indexOf("=") + 1))?.port)));
}

/** The default address, with the next port that no upstream has: services often listen on 8080 themselves. */
function freeAddress({ host, port }: Address, taken: ReadonlySet<number>): string {
  const free = Array.from({ length: taken.size + 1 }, (_, index) => port + index).find((one) => !taken.has(one));
  return `${host}:${free ?? port}`;
}

function noiseText(noise: Noise): string {
  if (noise.type === "secondary") {
    return `# A second instance of the primary's version. Fields that differ from it too are noise and do not count.
secondary: ${noise.url}
`;
  }
  if (noise.type === "self-check") {
    return `# The percentage of mirrored GET, HEAD and OPTIONS requests that the primary receives twice. Fields that differ between its two
# responses are noise and do not count. Better, if you can run one: secondary, the URL of a second instance of its version.
selfCheck: ${noise.percent}
`;
  }
  return `# Noise is not measured: a run in which values differ ends inconclusive. To measure it, send a percentage of the requests to
# the primary twice, or run a second instance of its version:
# selfCheck: 20
# secondary: http://127.0.0.1:9003
`;
}
