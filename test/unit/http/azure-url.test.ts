import { describe, expect, test } from "vitest";
import { nextLinkUrl, resourceUrl } from "../../../src/platform/http/azure-url.ts";

const arm = new URL("https://management.azure.com");
const logs = new URL("https://api.example.com/v1/");

describe("a path on the endpoint", () => {
  test.each([
    [
      "an ARM id",
      "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/a",
      "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/a",
    ],
    ["blanks and brackets of a resource's name", "/a/CPU above 90% (prod)", "/a/CPU%20above%2090%25%20(prod)"],
    ["an encoded climb stays a name", "/a/%2e%2e/b", "/a/%252e%252e/b"],
    ["a question mark and a hash stay in the name", "/a/b?c#d", "/a/b%3Fc%23d"],
    ["an at sign cannot make a user", "/@evil.example/a", "/@evil.example/a"],
    ["plain characters of RFC 3986", "/a/x:y=z;w,v@u$t&s+r", "/a/x:y=z;w,v@u$t&s+r"],
  ])("takes %s", (_, path, expected) => {
    const url = resourceUrl(arm, path, {});
    expect(url.href).toBe(`https://management.azure.com${expected}`);
  });

  test("keeps the endpoint's own path in front", () => {
    expect(resourceUrl(logs, "/workspaces/w/query", {}).href).toBe("https://api.example.com/v1/workspaces/w/query");
  });

  test("encodes the query, leaving out what is undefined", () => {
    const query = { "api-version": "2019-03-01", $filter: "a eq 'b&c+d'", top: 5, none: undefined };
    const { search } = resourceUrl(arm, "/a", query);
    expect(search).toBe("?api-version=2019-03-01&%24filter=a%20eq%20%27b%26c%2Bd%27&top=5");
  });

  test.each([
    ["an absolute URL", "https://evil.example/a"],
    ["another host", "//evil.example/a"],
    ["a host in the middle", "/a//evil.example"],
    ["a climb", "/a/../b"],
    ["a climb at the end", "/a/.."],
    ["a dot", "/a/./b"],
    ["a backslash", "/\\evil.example"],
    ["a line break", "/a\r\nb"],
    ["a NUL", "/a\0"],
    ["half a character", "/a\ud800"],
    ["no slash in front", "a/b"],
    ["a slash at the end", "/a/"],
    ["nothing", ""],
    ["the root", "/"],
    ["2,049 characters", `/${"a".repeat(2_048)}`],
  ])("refuses %s (I3)", (_, path) => {
    expect(() => resourceUrl(arm, path, {})).toThrow(expect.objectContaining({ code: "BadPath", retryable: false }));
  });
});

describe("the next page's link", () => {
  test.each(["https://management.azure.com/a?$skiptoken=b%2Bc", "HTTPS://MANAGEMENT.AZURE.COM:443/a"])(
    "follows %s",
    (link) => {
      expect(nextLinkUrl(arm, link).origin).toBe("https://management.azure.com");
    },
  );

  test.each([
    "https://evil.example/a",
    "https://management.azure.com.evil.example/a",
    "https://management.azure.com@evil.example/a",
    "https://user@management.azure.com/a",
    "https://management.azure.com:8443/a",
    "http://management.azure.com/a",
    "//management.azure.com/a",
    "/a",
    "javascript:alert(1)",
    "",
    `https://management.azure.com/${"a".repeat(8_192)}`,
  ])("refuses %s (I3)", (link) => {
    expect(() => nextLinkUrl(arm, link)).toThrow(expect.objectContaining({ code: "ForeignNextLink" }));
  });

  test("refuses to climb out of the endpoint's own path", () => {
    expect(() => nextLinkUrl(logs, "https://api.example.com/v1/../admin")).toThrow("another place");
    expect(() => nextLinkUrl(logs, "https://api.example.com/v1x/a")).toThrow("another place");
  });
});
