/** How a block is executed, if its language alone does not say it. */
export interface Treatment {
  /** Saved as this file first. */
  readonly save?: string;
  /** Saved, and nothing else: other blocks use the file. */
  readonly onlySaved?: boolean;
  /** A script that runs before it. */
  readonly before?: string;
  /** It takes minutes or changes the checkout: only that its scripts exist is checked. */
  readonly namesScripts?: boolean;
  /** The exit code of its commands; default: 0. A verdict about latency can be any on a busy machine. */
  readonly exit?: number | "any";
  /** Words of the shown output that depend on such a verdict. */
  readonly variable?: readonly string[];
  /** The test that executes it instead, because it needs more than a shell. */
  readonly testedBy?: string;
}

/** How the blocks of a document are executed in its order, in a folder and a network of their own. */
export interface Plan {
  /** A PostgreSQL stands for the servers that the document names. */
  readonly needsPostgres?: boolean;
  /** Copied into the folder. */
  readonly files?: readonly string[];
  /** Scripts that run all the time. */
  readonly background?: readonly string[];
  /** A script that runs first. */
  readonly before?: string;
  /** Places of a user that the test does not have. */
  readonly replace?: readonly (readonly [from: string, to: string])[];
  /** By a part of the text of the block. */
  readonly blocks?: Readonly<Record<string, Treatment>>;
}

const VERSIONS: Plan = {
  files: ["test/docs/versions.mjs"],
  background: ["node versions.mjs 9001 old", "node versions.mjs 9002 new", "node versions.mjs 9003 old"],
  before: "for port in 9001 9002 9003; do until curl -s -o .bin/up 127.0.0.1:$port; do sleep 0.05; done; done",
};

/** Starts shadowdiff; its configuration, such as `shadowdiff.yaml`, names a subset v2, whose responses have another price. */
const SERVE = `
shadowdiff serve --primary v1=http://127.0.0.1:9001 --candidate v2=http://127.0.0.1:9002 > serve.log 2>&1 &
until curl -s -o .bin/ready 127.0.0.1:9900/readyz; do sleep 0.05; done
`;
const SERVING: Plan = { ...VERSIONS, before: `${VERSIONS.before}${SERVE}` };

/** Sends requests, and waits until they are compared. */
function traffic(path: string, requests: number): string {
  return `
seq -f http://127.0.0.1:8080${path} ${requests} | xargs curl -s -o .bin/response
until curl -s 127.0.0.1:9900/api/v1/report | grep -q '"compared": *${requests}'; do sleep 0.1; done
`;
}

/** A run with a few requests. */
function namedRun(name: string): string {
  return `shadowdiff run start --name "${name}"${traffic("/items/%g", 5)}`;
}

/** Names the signatures of the causes that a report has. */
const SIGNATURES = `
causes=$(curl -s 127.0.0.1:9900/api/v1/report | grep -o '"signature": *"[^"]*"' | cut -d'"' -f4 | sort -u)
echo "SIGNATURE=$(echo "$causes" | head -1) ONE=$(echo "$causes" | head -1) OTHER=$(echo "$causes" | tail -1)" > .bin/env
`;

const NEWEST_SAMPLE = `$(curl -s 'localhost:9900/api/v1/samples?limit=1' | grep -o '"id": *"[^"]*"' | cut -d'"' -f4)`;

/** Starts two versions of the calculator, whose new one has its planted regressions. */
const CALCULATOR = `
shadowdiff sample-service --version old --port 9001 > old.log 2>&1 &
shadowdiff sample-service --version new --port 9002 > new.log 2>&1 & echo $! > new.pid
for port in 9001 9002; do until curl -s -o .bin/up 127.0.0.1:$port/primes/7; do sleep 0.05; done; done
`;

/** Prices in several currencies, of which one is wrong, after a mark. */
const MARKED_PRICES = `
shadowdiff run mark "v2 restarted" --subset v2
for id in $(seq 80); do for currency in USD GBP JPY EUR; do
  echo "http://127.0.0.1:8080/prices/$id?currency=$currency"
done; done | xargs curl -s > .bin/responses
until curl -s 127.0.0.1:9900/api/v1/report | grep -q '"compared": *320'; do sleep 0.1; done
`;

/** A request with parts that do not decide. */
const ONE_PRICE = `
curl -s -o .bin/response "http://127.0.0.1:8080/prices/7?currency=EUR&page=2" -H 'Accept-Language: de'
until curl -s 127.0.0.1:9900/api/v1/report | grep -q '"compared": *1'; do sleep 0.1; done
`;

const CONFIG = "primary: http://127.0.0.1:9001\ncandidate: http://127.0.0.1:9002\n";

function saveConfig(rules: string): string {
  return `cat > shadowdiff.yaml <<'END'\n${CONFIG}compare:\n  rules:\n${rules}\nEND\n`;
}

const TOO_BROAD = `    - { endpoint: "GET /items/{id}", path: $, action: ignore, reason: r, owner: o }`;
const NEVER_MATCHING = `
    - { endpoint: "GET /x/42", path: "$.m['1001']", action: ignore, reason: r, owner: o }
    - { endpoint: "GET /x/{id}", section: header, path: date, action: ignore, reason: r, owner: o }
    - { endpoint: "POST /x", section: header, path: "x-build:", action: ignore, reason: r, owner: o }`;

export const PLANS: Readonly<Record<string, Plan>> = {
  "README.md": {
    ...VERSIONS,
    blocks: {
      "npm run demo": { testedBy: "test/commands/demo/run-demo.test.ts" },
      "npm pack": { testedBy: "test/package/installed-package.test.ts" },
      "docker compose up": { testedBy: "test/deploy/compose.test.ts" },
      "npm ci && npm test": { testedBy: ".ci/run" },
      "shadowdiff report": { before: traffic("/stock/%g", 20), exit: 3 },
      "shadowdiff replay access.log": {
        before: `seq -f '10.0.0.1 - - [29/Nov/2026:11:00:00 +0000] "GET /stock/%g HTTP/1.1" 200 9 "-" "curl"' 20 > access.log`,
        exit: 3,
      },
    },
  },
  "docs/isolate.md": {
    before: `${CALCULATOR}${SERVE}${ONE_PRICE}`,
    blocks: {
      "$ shadowdiff resend": { exit: 1 },
      "--secret": { exit: 1 },
    },
  },
  "docs/api.md": {
    ...SERVING,
    before: `${SERVING.before}${traffic("/users/%g", 5)}`,
    replace: [
      ["rule-2ace094a-6a33", "$(curl -s localhost:9900/api/v1/rules | grep -o 'rule-[0-9a-f-]*' | head -1)"],
      ["curl -N", "timeout 1 curl -N"],
      ["samples/SAMPLE", `samples/${NEWEST_SAMPLE}`],
      [String.raw`\"SAMPLE\"`, String.raw`\"${NEWEST_SAMPLE}\"`],
    ],
    blocks: {
      "curl -N": { exit: 124 },
      "/resend -H": { before: traffic("/users/%g", 5) },
      "/isolations -H": { before: SIGNATURES },
      "/reviews/$SIGNATURE": { before: SIGNATURES },
    },
  },
  "docs/bodies.md": {
    blocks: { protoc: { before: `echo 'syntax = "proto3"; message Item { string name = 1; }' > api.proto` } },
  },
  "docs/ci.md": {
    before: CALCULATOR,
    replace: [["-n 4200", "-n 420"]],
    blocks: {
      "coverage: [": { save: "rehearsal.yaml" },
      "#!/usr/bin/env bash": { save: "rehearse.sh", onlySaved: true },
      "seq 1 210": { save: "traffic.sh", onlySaved: true },
      "your-organization/shadowdiff": { testedBy: "test/deploy/ci-recipes.test.ts" },
      "allow_failure:": { testedBy: "test/deploy/ci-recipes.test.ts" },
      'run compare "build 42"': {
        before: `
kill $(cat new.pid)
shadowdiff sample-service --version old --port 9002 > new.log 2>&1 &
until curl -s -o .bin/up 127.0.0.1:9002/primes/7; do sleep 0.05; done
unset CURL_OPTION # the script has an option that excludes it
BUILD=43 COMMIT=77aa ./rehearse.sh || true`,
      },
    },
  },
  "docs/replay.md": {
    blocks: {
      "shadowdiff replay urls.txt": {
        before:
          "for port in 9001 9002; do until curl -s -o .bin/up 127.0.0.1:$port/primes/7; do sleep 0.05; done; done",
      },
    },
  },
  "docs/export.md": { ...SERVING, before: `${SERVING.before}${traffic("/items/%g", 5)}` },
  "docs/explain.md": {
    before: `${CALCULATOR}${SERVE.replace("> serve.log", "--label commit=3f2a > serve.log")}${MARKED_PRICES}`,
    blocks: { "explain colour": { exit: 2 } },
  },
  "docs/getting-started.md": {
    replace: [
      ["2000", "400"],
      [" & echo", " > server.log 2>&1 & echo"],
    ],
    blocks: {
      "npm pack": { testedBy: "test/package/installed-package.test.ts" },
      'from "node:http"': { save: "server.mjs", onlySaved: true },
      "node server.mjs 9001": {},
      "--run-name before": { exit: 1 },
      "--run-name after": { exit: "any", variable: ["pass", "responses", "agree", "required"] },
    },
  },
  "docs/grafana.md": { blocks: { "npm run grafana": { namesScripts: true } } },
  "docs/istio.md": {
    files: ["httpbin-all-v1.yaml", "httpbin-mirror-v2.yaml", "httpbin-workloads.yaml"].map(
      (name) => `examples/istio/${name}`,
    ),
    blocks: {
      'from "node:http"': { save: "httpbin.mjs", onlySaved: true },
      "serve --istio httpbin-all-v1.yaml --istio": { before: "rm shadowdiff.db*" },
      "kind: GRPCRoute": { save: "route.yaml", onlySaved: true },
      "check httpbin-all-v1.yaml typo.yaml": {
        before: "sed s/mirror_percent/miror_percent/ httpbin-mirror-v2.yaml > typo.yaml",
        exit: 2,
      },
    },
  },
  "docs/kubernetes.md": {
    blocks: {
      "docker build": { testedBy: "test/peers/helm.peer.ts" },
      "helm install rehearsal": { testedBy: "test/peers/helm.peer.ts" },
      "helm upgrade": { testedBy: "test/peers/helm.peer.ts" },
    },
  },
  "docs/metrics.md": {
    replace: [["/run/secrets/", ""]],
    blocks: { scrape_configs: { before: "echo secret > admin_token" } },
  },
  "docs/openapi.md": { files: ["examples/openapi/calculator.yaml"], replace: [["examples/openapi/", ""]] },
  "docs/performance.md": { blocks: { "npm run bench": { namesScripts: true } } },
  "docs/postgres.md": {
    ...VERSIONS,
    needsPostgres: true,
    replace: [
      [
        " …",
        ` --primary http://127.0.0.1:9001 --candidate http://127.0.0.1:9002 > serve.log 2>&1 &\nuntil curl -s -o .bin/ready 127.0.0.1:9900/readyz; do sleep 0.05; done`,
      ],
    ],
    blocks: { "report --gate": { before: traffic("/stock/%g", 5), exit: 3 } },
  },
  "docs/reports.md": {
    ...SERVING,
    before: `${SERVING.before}${["main 41", "build 42"].map(namedRun).join("")}shadowdiff run end`,
  },
  "docs/rules.md": {
    ...SERVING,
    blocks: {
      "rules/preview": { before: traffic("/items/%g", 5) },
      "the rule hides too much": { before: saveConfig(TOO_BROAD), exit: 2 },
      "never matches": { before: saveConfig(NEVER_MATCHING) },
    },
  },
  "docs/runtime-control.md": SERVING,
  "docs/scaling.md": {
    ...SERVING,
    needsPostgres: true,
    before: `${SERVING.before}${traffic("/prices/%g", 5)}`,
  },
  "docs/statistics.md": { blocks: { "npm run aa": { namesScripts: true } } },
  "docs/webhooks.md": {
    before: "echo secret > webhook_secret; echo https://hooks.example/services/T0/B0/x > slack_webhook",
  },
  "docs/tap.md": {
    files: ["test/docs/versions.mjs"],
    background: ["node versions.mjs 9000 old", "node versions.mjs 9001 old", "node versions.mjs 9002 new"],
    blocks: {
      "mirror /tap": { save: "site.conf", onlySaved: true },
      "curl -si http://127.0.0.1:8000/price/1": {
        before: `
cat > nginx.conf <<'END'
pid nginx.pid; error_log nginx.log; events {}
http { access_log off; include site.conf; }
END
nginx -p "$PWD" -c nginx.conf -e nginx.log
until curl -s -o .bin/up 127.0.0.1:8000/stock; do sleep 0.05; done
for request in 1 2 3 4 5 6 7 8 9; do curl -s -o .bin/up 127.0.0.1:8000/stock; done
curl -s -o .bin/up -X DELETE 127.0.0.1:8000/stock
until curl -s 127.0.0.1:9900/api/v1/report | grep -q '"compared": *10'; do sleep 0.1; done`,
      },
      "12 mirrored": {
        before: `until curl -s 127.0.0.1:9900/api/v1/report | grep -q '"compared": *12'; do sleep 0.1; done`,
      },
      request_mirror_policies: { testedBy: "test/peers/envoy-tap.peer.ts" },
    },
  },
};
