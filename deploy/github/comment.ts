// Posts a report as a comment of a pull request, or updates the comment of an earlier run: the action runs it with Node.
import { readFileSync } from "node:fs";

interface Comment {
  readonly id: number;
  readonly body: string;
  /** Null if the account was deleted. */
  readonly user: { readonly login: string; readonly type: string } | null;
}

const PER_PAGE = 100;

const { COMMENT_KEY = "", GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST, REPORT = "", TOKEN } = process.env;
const { GITHUB_GRAPHQL_URL = "" } = process.env;
/** Invisible in the comment, and recognizes it later. */
const marker = `<!-- shadowdiff: ${COMMENT_KEY.replaceAll(/[^\w .-]/g, "_")} -->`;
const repository = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}`;

/** @throws if GitHub refuses */
async function call(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${TOKEN}`,
      "x-github-api-version": "2022-11-28",
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  return response.json();
}

/** The account of the token. The REST API does not say it for the token of a workflow. @throws if GitHub does not say it */
async function findLogin(): Promise<string> {
  const response = (await call("POST", GITHUB_GRAPHQL_URL, { query: "{ viewer { login } }" })) as {
    readonly data?: { readonly viewer?: { readonly login?: string } } | null;
  };
  const login = response.data?.viewer?.login;
  if (login === undefined) throw new Error(`${GITHUB_GRAPHQL_URL} does not say whose token it is`);
  return login;
}

/** Anyone could post the marker, and edit the report that would follow it: only comments of the same account are updated. */
async function findComment(): Promise<Comment | undefined> {
  const login = await findLogin();
  const isOwn = ({ user }: Comment): boolean =>
    user?.login === login || (user?.type === "Bot" && user.login === `${login}[bot]`);
  for (let page = 1; ; page += 1) {
    const url = `${repository}/issues/${PULL_REQUEST}/comments?per_page=${PER_PAGE}&page=${page}`;
    const comments = (await call("GET", url)) as readonly Comment[];
    const found = comments.find((comment) => comment.body.startsWith(marker) && isOwn(comment));
    if (found !== undefined || comments.length < PER_PAGE) return found;
  }
}

try {
  const body = `${marker}\n${readFileSync(REPORT, "utf8")}`;
  const earlier = await findComment();
  if (earlier === undefined) await call("POST", `${repository}/issues/${PULL_REQUEST}/comments`, { body });
  else await call("PATCH", `${repository}/issues/comments/${earlier.id}`, { body });
  console.log(earlier === undefined ? "Posted a comment." : "Updated the comment of an earlier run.");
} catch (error) {
  // The verdict does not depend on it: pull requests from forks have a token that cannot write.
  const message = error instanceof Error ? error.message : String(error);
  console.log(`::warning title=shadowdiff::The comment could not be written: ${message.replaceAll(/[\r\n]+/g, " ")}`);
}
