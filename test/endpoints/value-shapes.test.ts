import { describe, expect, it } from "vitest";
import { createEndpointNamer } from "../../src/endpoints/endpoint-namer.ts";
import { parameterOf } from "../../src/endpoints/value-shapes.ts";
import { randomFor } from "../simulate/random.ts";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64URL = `${BASE62}-_`;
const BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz";
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const VALUES = 10_000;

const nameEndpoint = createEndpointNamer([]);

/** Path templates in which each variable segment is in braces; all others are words. */
const ROUTES = {
  GitHub: [
    "/repos/octocat/hello-world/pulls/{1347}/requested_reviewers",
    "/repos/octocat/hello-world/git/commits/{7638417db6d59f3c431d3e1f261cc637155684cd}",
    "/repos/octocat/hello-world/actions/runs/{30433642}/attempts/{1}/logs",
    "/repos/octocat/hello-world/code-scanning/default-setup",
    "/repos/octocat/hello-world/automated-security-fixes",
    "/orgs/github/dependabot/alerts/security-managers",
    "/user/codespaces/secrets/public-key",
    "/marketplace_listing/stubbed/accounts/{1}",
    "/advisories/{GHSA-q2q7-5pp4-w6pg}",
    "/search/repositories",
    "/rate_limit",
    "/.well-known/openid-configuration",
  ],
  Stripe: [
    "/v1/customers/{cus_NffrFeUfNV2Hib}/payment_methods",
    "/v1/payment_intents/{pi_3MtwBwLkdIwHu7ix28a3tqPa}/increment_authorization",
    "/v1/charges/{ch_3MmlLrLkdIwHu7ix0snN0B15}/capture",
    "/v1/products/{prod_NWjs8kKbJWmuuc}",
    "/v1/checkout/sessions/{cs_test_a11YYufWQzNY63zpQ6QSNRQhkUpVph4WRmzW0zWJO2znZKdVujZ0N0S22u}/line_items",
    "/v1/billing_portal/configurations",
    "/v1/test_helpers/issuing/authorizations",
    "/v1/terminal/connection_tokens",
    "/v1/tokens/tok_visa",
    "/v2/core/event_destinations",
  ],
  Kubernetes: [
    "/api/v1/pods",
    "/api/v1/namespaces/kube-system/pods/coredns/log",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/autoscaling/v2beta2/horizontalpodautoscalers",
    "/apis/flowcontrol.apiserver.k8s.io/v1beta3/prioritylevelconfigurations",
    "/api/v1/namespaces/default/services/https:kubernetes-dashboard:/proxy",
    "/openapi/v3",
    "/version",
    "/healthz/etcd",
  ],
  "npm, verdaccio and unpkg": [
    "/@scope%2fname",
    "/@babel/core",
    "/react/-/react-18.2.0.tgz",
    "/react/18.2.0",
    "/lodash@4.17.21/lodash.min.js",
    "/react@18.3.0-canary.rc",
    "/-/v1/search",
    "/-/npm/v1/security/advisories/bulk",
    "/-/package/react/dist-tags",
    "/-/user/org.couchdb.user:alice",
    "/-/verdaccio/data/sidebar/react",
    "/-/static/main.js",
  ],
  "httpbin and json-server": [
    "/status/{404}",
    "/anything/a",
    "/basic-auth/user/passwd",
    "/stream-bytes/{1024}",
    "/response-headers",
    "/image/jpeg",
    "/encoding/utf8",
    "/base64/{SFRUUEJJTiBpcyBhd2Vzb21l}",
    "/posts/{1}/comments",
    "/db",
  ],
  "OCI, Docker, AWS and Google": [
    "/v2/library/nginx/blobs/{sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}",
    "/v2/library/nginx/manifests/latest",
    "/v1.41/containers/json",
    "/{2015-03-31}/functions/resize-image",
    "/compute/v1/projects/my-project/zones/europe-west1-b/instances",
    "/us-east-1/buckets",
    "/storage/v1/b/my-bucket/o",
    "/oauth2/v3/userinfo",
    "/maps/api/geocode/json",
  ],
  "other words": [
    "/docs/getting-started-guide",
    "/docs/getting-started-guide-for-2026",
    "/blog/top-10-tips-for-faster-builds-in-2026",
    "/api/getUserByIdentifierV2",
    "/rpc/isHttpOrHttpsPrefixed",
    "/rpc/uint8ArrayToBase64url",
    "/soap/VerifyJsonWebKeyInput",
    "/grpc.health.v1.Health/Check",
    "/es-419/help",
    "/en_001/help",
    "/hash/sha-256",
    "/charset/utf-8",
    "/docs/1.x/install",
    "/api/1.0/users",
    "/users/me",
    "/feed.xml",
    "/favicon.ico",
    "/site/index.php5",
    "/a11y/i18n/l10n",
    "/s3/k8s/h264/mp3",
    "/music/mo3",
  ],
};

describe("parameterOf", () => {
  it.each([
    ["integer", "42", "{id}"],
    ["negative integer", "-5", "{id}"],
    ["phone number", "+4915112345678", "{id}"],
    ["UUID", "9f1c2b3a-0000-4000-8000-00000000abcd", "{id}"],
    ["UUID without dashes", "9f1c2b3a000040008000000000abcd12", "{id}"],
    ["UUID in Base64url", "nxwrOgAAQACAAAAAAACrzQ", "{id}"],
    ["ObjectId", "507f1f77bcf86cd799439011", "{id}"],
    ["ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "{id}"],
    ["ULID in lower case", "01h455vb4pex5vsknk084sn02q", "{id}"],
    ["TypeID", "user_01h455vb4pex5vsknk084sn02q", "{id}"],
    ["nanoid", "V1StGXR8_Z5jdHi6B-myT", "{id}"],
    ["KSUID", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", "{id}"],
    ["cuid", "cjld2cyuq0000t3rmniod1foy", "{id}"],
    ["cuid2", "tz4a98xxat96iws9zmbrgj3a", "{id}"],
    ["xid", "9m4e2mr0ui3e8a215n4g", "{id}"],
    ["Firebase push id", "-JhLeOlGIEjaIOFHR0xd", "{id}"],
    ["Stripe id", "cus_NffrFeUfNV2Hib", "{id}"],
    ["Stripe id of a test", "cs_test_a1B2c3D4e5F6g7H8i9J0", "{id}"],
    ["number with a prefix", "user-123", "{id}"],
    ["number with a prefix and an underscore", "order_42", "{id}"],
    ["issue key", "PROJ-7", "{id}"],
    ["invoice number", "INV-2026-0042", "{id}"],
    ["Ethereum address", "0x71C7656EC7ab88b098defB751B7401B5f6d8976F", "{id}"],
    ["vehicle number", "1HGCM82633A004352", "{id}"],
    ["bank account", "DE89370400440532013000", "{id}"],
    ["digest", "sha256%3Ae3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "{id}"],
    ["coordinates", "51.5074,-0.1278", "{id}"],
    ["list of numbers", "1,2,3", "{id}"],
    ["file of a number", "123.json", "{id}.json"],
    ["archive of a number", "123.tar.gz", "{id}.tar.gz"],
    ["file of a UUID", "9f1c2b3a-0000-4000-8000-00000000abcd.png", "{id}.png"],
    ["file of a nanoid", "V1StGXR8_Z5jdHi6B-myT.webp", "{id}.webp"],
    ["custom method", "123:cancel", "{id}:cancel"],
    ["date", "2026-11-20", "{date}"],
    ["month", "2026-11", "{date}"],
    ["time", "2026-11-20T10%3A00%3A00%2B01%3A00", "{date}"],
    ["file of a date", "2024-01-01.csv", "{date}.csv"],
    ["e-mail address", "alice@example.com", "{email}"],
    ["e-mail address, encoded", "alice%2Btag%40mail.example.co.uk", "{email}"],
    ["e-mail address at a domain of digits", "bob@163.com", "{email}"],
    ["IPv4 address", "10.0.0.1", "{ip}"],
    ["IPv6 address", "2001:db8::8a2e:370:7334", "{ip}"],
    ["token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "{id}"],
  ])("%s: %s is %s", (_, segment, parameter) => {
    expect(parameterOf(segment)).toBe(parameter);
  });

  it.each(Object.entries(ROUTES))("keeps the words of %s", (_, routes) => {
    const targets = routes.map((route) => route.replaceAll(/[{}]/g, ""));
    const names = routes.map(
      (route) => `GET ${route.replaceAll(/\{([^}]*)\}/g, (_all, value: string) => parameterOf(value) ?? value)}`,
    );
    expect(targets.map((target) => nameEndpoint("GET", target))).toEqual(names);
    expect(names.join().match(/\{/g)?.length ?? 0).toBe(routes.join().match(/\{/g)?.length ?? 0);
  });

  it.each([
    ["nanoids", BASE64URL, 21, 9_989],
    ["KSUIDs", BASE62, 27, 9_999],
    ["UUIDs in Base64url", BASE64URL, 22, 9_993],
    ["keys of 256 bits in Base64url", BASE64URL, 43, 10_000],
    ["cuids", BASE36, 24, 9_996],
    ["xids", CROCKFORD.toLowerCase(), 20, 9_983],
  ])("recognizes nearly all of 10,000 random %s", (kind, alphabet, length, recognized) => {
    const random = randomFor(13, kind);
    const texts = Array.from({ length: VALUES }, () =>
      Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join(""),
    );
    expect(texts.filter((text) => parameterOf(text) === "{id}")).toHaveLength(recognized);
  });
});
