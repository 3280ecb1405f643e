import { describe, expect, test } from "vitest";
import {
  createEgressPolicy,
  isPublicAddress,
  parseTarget,
  permitsAddress,
} from "../../../src/platform/http/address-policy.ts";

const policy = createEgressPolicy({
  allow: ["127.0.0.1:9000", "receiver:8080", "[::1]:9000", "Example.org.:80", "127.0.0.9:443"],
  ports: [443, 8443],
  identityEndpoint: "http://127.0.0.1:42356/msi/token",
});
const strict = createEgressPolicy({ allow: [], ports: [443] });

describe("W2: the URL rules", () => {
  test.each([
    ["a public name by https", "https://hooks.example.com/in?x=1", "https://hooks.example.com:443"],
    ["a listed port", "https://hooks.example.com:8443/", "https://hooks.example.com:8443"],
    ["a trailing dot is dropped", "https://hooks.example.com./", "https://hooks.example.com:443"],
    ["an international name", "https://bücher.example.com/", "https://xn--bcher-kva.example.com:443"],
    ["a public literal", "https://93.184.216.34/", "https://93.184.216.34:443"],
    ["a public IPv6 literal", "https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]:443"],
    ["an allowed private literal by http (W6)", "http://127.0.0.1:9000/hook", "http://127.0.0.1:9000"],
    ["an allowed loopback of IPv6", "http://[::1]:9000/", "http://[::1]:9000"],
    ["an allowed single label", "http://receiver:8080/", "http://receiver:8080"],
    ["an allowed entry is compared without case and dot", "http://EXAMPLE.ORG./", "http://example.org:80"],
    ["an allowed private port 443", "https://127.0.0.9/", "https://127.0.0.9:443"],
  ])("takes %s", (_, url, origin) => {
    expect(parseTarget(policy, url)?.origin).toBe(origin);
  });

  test.each([
    ["plain http", "http://hooks.example.com/"],
    ["another scheme", "ftp://hooks.example.com/"],
    ["a file", "file:///etc/passwd"],
    ["user info", "https://user:secret@hooks.example.com/"],
    ["a user alone", "https://user@hooks.example.com/"],
    ["an unlisted port", "https://hooks.example.com:5432/"],
    ["2,049 characters", `https://hooks.example.com/${"a".repeat(2_049 - 26)}`],
    ["no URL", "hooks.example.com"],
    ["localhost", "https://localhost/"],
    ["localhost with a dot", "https://localhost./"],
    ["localhost with two dots", "https://localhost../"],
    ["a name below localhost", "https://x.localhost/"],
    ["a .local name", "https://printer.local/"],
    ["a .internal name with a dot", "https://metadata.google.internal./"],
    ["a cluster's service", "https://db.default.svc/"],
    ["a cluster's full name", "https://db.default.svc.cluster.local/"],
    ["a single label", "https://postgres/"],
    ["a hexadecimal loopback", "https://0x7f.1/"],
    ["a decimal loopback", "https://2130706433/"],
    ["an octal loopback", "https://0177.0.0.1/"],
    ["a short loopback", "https://127.1/"],
    ["a circled loopback", "https://①②⑦.⓪.⓪.①/"],
    ["a percent-encoded loopback", "https://%31%32%37.0.0.1/"],
    ["a mapped loopback", "https://[::ffff:127.0.0.1]/"],
    ["a translated loopback", "https://[64:ff9b::7f00:1]/"],
    ["a compatible loopback", "https://[::127.0.0.1]/"],
    ["the metadata service", "https://169.254.169.254/"],
    ["the wire server", "https://168.63.129.16/"],
    ["an allowed host on another port (W6)", "http://127.0.0.1:9001/"],
    ["another spelling of an allowed place (W6)", "http://localhost:9000/"],
    ["an allowed name by http on another port (W6)", "http://receiver:80/"],
  ])("refuses %s", (_, url) => {
    expect(parseTarget(policy, url)).toBeNull();
  });

  test("drops the fragment and keeps the query", () => {
    expect(parseTarget(strict, "https://hooks.example.com/a%2Fb?c=d#e")?.path).toBe("/a%2Fb?c=d");
  });
});

describe("W4: the addresses", () => {
  test.each([
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "3fff:fff::1",
    "4000::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:2800:220:1::1%eth0",
    "ff02::1",
    "",
    "localhost",
    "127.1",
    "8.8.8.8:443",
  ])("refuses %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:2800:220:1::1",
    "3ffe::1",
  ])("takes %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe("W6: what may be private", () => {
  const receiver = { host: "receiver", port: 8080 };

  test.each(["10.1.2.3", "127.0.0.1", "192.168.0.9", "fd00::9", "8.8.8.8"])(
    "an allowed name may lead to %s",
    (address) => {
      expect(permitsAddress(policy, receiver, address)).toBe(true);
    },
  );

  test.each([
    "169.254.169.254",
    "169.254.0.1",
    "168.63.129.16",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::168.63.129.16",
    "2002:a9fe:a9fe::1",
  ])("not even an allowed name may lead to %s", (address) => {
    expect(permitsAddress(policy, receiver, address)).toBe(false);
  });

  test("another port of an allowed name is as any other place", () => {
    expect(permitsAddress(policy, { host: "receiver", port: 443 }, "10.1.2.3")).toBe(false);
  });

  const identityOptions = { ports: [443], identityEndpoint: "http://127.0.0.1:42356/msi/token" };

  test.each(["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"])(
    "the identity endpoint is not reached by an allowed name that leads to %s",
    (address) => {
      const allowing = createEgressPolicy({ ...identityOptions, allow: ["sneaky.example.com:42356"] });
      expect(permitsAddress(allowing, { host: "sneaky.example.com", port: 42_356 }, address)).toBe(false);
    },
  );

  test.each([
    "169.254.169.254:80",
    "169.254.1.1:443",
    "168.63.129.16:32526",
    "[::ffff:169.254.169.254]:80",
    "127.0.0.1:42356",
    "127.0.0.2:42356",
    "[::1]:42356",
    "0.0.0.0:42356",
  ])("the setting cannot name %s", (entry) => {
    expect(() => createEgressPolicy({ ...identityOptions, allow: [entry] })).toThrow("can never be allowed");
  });

  test.each(["receiver", "receiver:", "user@receiver:80", "receiver:80/path", "receiver:99999", "a b:80"])(
    "the entry %s is malformed",
    (entry) => {
      expect(() => createEgressPolicy({ ports: [443], allow: [entry] })).toThrow("is not host:port");
    },
  );
});
