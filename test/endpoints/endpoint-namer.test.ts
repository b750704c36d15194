import { describe, expect, it } from "vitest";
import { createEndpointNamer } from "../../src/endpoints/endpoint-namer.ts";

const builtIn = createEndpointNamer([]);

describe("createEndpointNamer", () => {
  it.each([
    ["/users/123", "GET /users/{id}"],
    ["/users/-5", "GET /users/{id}"],
    ["/users/9f1c2b3a-0000-4000-8000-00000000abcd", "GET /users/{id}"],
    ["/users/9F86D081884C7D65", "GET /users/{id}"],
    ["/users/9f86d081884c7d6", "GET /users/9f86d081884c7d6"],
    ["/users/123/orders/77?page=2#x", "GET /users/{id}/orders/{id}"],
    ["/reset-password/[redacted:0123abcd]", "GET /reset-password/{id}"],
    ["/list;jsessionid=[redacted:0123abcd]", "GET /list;jsessionid={id}"],
    ["/days/2026-11-20", "GET /days/{date}"],
    ["/days/2026-11-20T10:00:00Z", "GET /days/{date}"],
    ["/days/2026-11-20T10%3A00%3A00%2B01%3A00", "GET /days/{date}"],
    ["/users/alice", "GET /users/alice"],
    ["/v1/2fast", "GET /v1/2fast"],
    ["/users/", "GET /users/"],
    ["/", "GET /"],
    ["", "GET /"],
    ["?q=1", "GET /"],
    ["*", "GET *"],
    ["//x/1", "GET //x/{id}"],
    ["/%2e%2e/%2F", "GET /%2e%2e/%2F"],
    ["/a/../b", "GET /a/../b"],
    ["/__proto__/1", "GET /__proto__/{id}"],
    ["http://host/users/1", "GET /users/{id}"],
    ["http://host", "GET /"],
  ])("%s is %s", (target, endpoint) => {
    expect(builtIn("GET", target)).toBe(endpoint);
  });

  it("prefers configured templates, the first match first", () => {
    const configured = createEndpointNamer(["/users/{name}/orders", "POST /users/{who}", "/users/me", "/{a}/{b}"]);
    expect(configured("GET", "/users/alice/orders")).toBe("GET /users/{name}/orders");
    expect(configured("POST", "/users/me")).toBe("POST /users/{who}");
    expect(configured("GET", "/users/me")).toBe("GET /users/me");
    expect(configured("GET", "/users/123")).toBe("GET /{a}/{b}");
    expect(configured("GET", "/users//orders")).toBe("GET /users//orders");
    expect(configured("GET", "/users/alice/orders/1")).toBe("GET /users/alice/orders/{id}");
  });

  it("matches parameters that are parts of a segment", () => {
    const configured = createEndpointNamer(["/reports/{id}.pdf", "GET /{from}..{to}", "/a+b{c}"]);
    expect(configured("GET", "/reports/7.pdf")).toBe("GET /reports/{id}.pdf");
    expect(configured("GET", "/reports/7xpdf")).toBe("GET /reports/7xpdf");
    expect(configured("GET", "/reports/.pdf")).toBe("GET /reports/.pdf");
    expect(configured("GET", "/1..2")).toBe("GET /{from}..{to}");
    expect(configured("GET", "/a+b1")).toBe("GET /a+b{c}");
    expect(configured("GET", "/aab1")).toBe("GET /aab1");
  });

  it("limits the length and hides credentials", () => {
    expect(builtIn("GET", `/${"x".repeat(10_000)}`)).toBe(`GET /${"x".repeat(195)}…`);
    expect(builtIn("GET", "/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln")).toBe("GET /reset/{id}");
  });
});
