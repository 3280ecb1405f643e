import { BlockList, isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Which URLs and addresses the guarded client may reach (threats W2, W4, W6). Pure: names are not resolved here; the
 * connector asks `permitsAddress` for every address of every new connection (W3).
 */
export interface EgressPolicy {
  /** Ports that public targets may have. */
  readonly ports: ReadonlySet<number>;
  /** Normalised `host:port` entries that may be private and spoken to by `http:` (W6). */
  readonly allowed: ReadonlySet<string>;
  /** The platform's identity endpoint, which nothing may ever reach through this client. */
  readonly identity: HostPort | null;
}

interface HostPort {
  /** As WHATWG URL gives it: lower case, IPv6 without brackets, no trailing dot. */
  readonly host: string;
  readonly port: number;
}

/** A URL that passed the URL rules; its addresses are still to be checked at each connection. */
export interface Target extends HostPort {
  /** `https://name:port`, trailing dots removed. */
  readonly origin: string;
  /** Path and query; fragments are dropped. */
  readonly path: string;
}

/** Longest URL taken (W2). */
export const URL_CHARS_MAX = 2_048;

const DEFAULT_PORTS: Record<string, number> = { "https:": 443, "http:": 80 };

/** Names that only mean something inside a network (W2). */
const INNER_NAME = /(^|\.)(local|internal|localhost|svc)$/;

/** IANA's IPv4 special-purpose registry, multicast and reserved, and Azure's wire server (W4). */
const IPV4_REFUSED = subnets("ipv4", [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "168.63.129.16/32",
]);

/**
 * IPv6 by allowance, not by denial: translation and mapping prefixes (`64:ff9b::`, `::ffff:`, `::a.b.c.d`) lead to IPv4
 * addresses that a deny list would have to decode one scheme at a time (W4).
 */
const IPV6_GLOBAL = subnets("ipv6", ["2000::/3"]);
const IPV6_REFUSED = subnets("ipv6", ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]);

/** Metadata service and wire server: not even by `egress.allow` (W6). */
const IPV4_NEVER = subnets("ipv4", ["169.254.0.0/16", "168.63.129.16/32"]);
const IPV4_LOCAL = subnets("ipv4", ["127.0.0.0/8", "0.0.0.0/8"]);

function subnets(family: "ipv4" | "ipv6", ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/**
 * Makes the policy from settings: `allow` are `host:port` texts, `ports` those of public targets, `identityEndpoint` the
 * URL in `IDENTITY_ENDPOINT`. Throws when an entry is malformed or names what can never be allowed: such a setting
 * must stop the start instead of being ignored.
 */
export function createEgressPolicy(options: {
  allow: readonly string[];
  ports: readonly number[];
  identityEndpoint?: string;
}): EgressPolicy {
  const identity = options.identityEndpoint === undefined ? null : hostPortOf(new URL(options.identityEndpoint));
  const policy = { ports: new Set(options.ports), allowed: new Set<string>(), identity };
  for (const entry of options.allow) {
    const place = parseAllowEntry(entry);
    const literalForbidden = isIP(place.host) !== 0 && isNever(policy, place, place.host);
    if (literalForbidden || isSame(place, identity)) throw new Error(`egress.allow: ${entry} can never be allowed`);
    policy.allowed.add(keyOf(place));
  }
  return policy;
}

function parseAllowEntry(entry: string): HostPort {
  // An `http:` URL, so that a port 443 in the entry is kept and 80 is known.
  const text = `http://${entry}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.pathname !== "/" || url.username !== "" || url.search !== "" || !/:\d+$/.test(entry)) {
    throw new Error(`egress.allow: ${entry} is not host:port`);
  }
  return hostPortOf(url);
}

function hostPortOf(url: URL): HostPort {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  return { host, port: url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port) };
}

const keyOf = (place: HostPort) => `${place.host}:${place.port}`;
const isSame = (a: HostPort, b: HostPort | null) => b !== null && a.host === b.host && a.port === b.port;

/** Is this host:port named in `egress.allow`? */
export function isAllowed(policy: EgressPolicy, place: HostPort): boolean {
  return policy.allowed.has(keyOf(place));
}

/**
 * Applies the URL rules of W2 and W6 to a text. Null = refused; which rule refused it is not told, since a caller may
 * be probing. Literal addresses are judged here already; names at each connection.
 */
export function parseTarget(policy: EgressPolicy, text: string): Target | null {
  if (text.length > URL_CHARS_MAX || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return null;
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  const place = hostPortOf(url);
  if (!isAllowed(policy, place) && !isPublicPlace(policy, url.protocol, place)) return null;
  if (isIP(place.host) !== 0 && !permitsAddress(policy, place, place.host)) return null;
  const host = isIP(place.host) === 6 ? `[${place.host}]` : place.host;
  return { ...place, origin: `${url.protocol}//${host}:${place.port}`, path: `${url.pathname}${url.search}` };
}

function isPublicPlace(policy: EgressPolicy, protocol: string, place: HostPort): boolean {
  if (protocol !== "https:" || !policy.ports.has(place.port)) return false;
  return isIP(place.host) !== 0 || (place.host.includes(".") && !INNER_NAME.test(place.host));
}

/** May a connection to `place` end at `address`? `address` is an IPv4 or IPv6 literal as a resolver gives it. */
export function permitsAddress(policy: EgressPolicy, place: HostPort, address: string): boolean {
  if (isIP(address) === 0 || isNever(policy, place, address)) return false;
  return isAllowed(policy, place) || isPublicAddress(address);
}

/** W4: a public unicast address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !IPV4_REFUSED.check(address, "ipv4");
    case 6:
      // A zone index never belongs to a global address.
      return !address.includes("%") && IPV6_GLOBAL.check(address, "ipv6") && !IPV6_REFUSED.check(address, "ipv6");
    default:
      return false;
  }
}

function isNever(policy: EgressPolicy, place: HostPort, address: string): boolean {
  const inner = innermost(address);
  if (isIP(inner) === 4 && IPV4_NEVER.check(inner, "ipv4")) return true;
  const { identity } = policy;
  if (identity === null || place.port !== identity.port) return false;
  if (place.host === identity.host) return true;
  const identityInner = isIP(identity.host) === 0 ? identity.host : innermost(identity.host);
  return inner === identityInner || (isLocal(inner) && isLocal(identityInner));
}

/** The IPv4 address inside an IPv6 one that is mapped, compatible, translated (RFC 6052) or 6to4; else as it is. */
function innermost(address: string): string {
  if (isIP(address) !== 6) return address;
  const plain = ipaddr.IPv6.parse(address.replace(/%.*$/, ""));
  const parts = plain.parts;
  const tail = parts.slice(6);
  const prefix = parts.slice(0, 6).join(":");
  const isTail = prefix === "0:0:0:0:0:0" || prefix === "0:0:0:0:0:65535" || prefix === "100:65435:0:0:0:0";
  // `::` and `::1` belong to IPv6 itself.
  if (isTail && !(prefix === "0:0:0:0:0:0" && tail[0] === 0 && (tail[1] ?? 0) <= 1)) return dotted(tail);
  if (parts[0] === 0x2002) return dotted(parts.slice(1, 3));
  return plain.toString();
}

const dotted = (words: number[]) => words.flatMap((word) => [word >> 8, word & 255]).join(".");

function isLocal(host: string): boolean {
  if (isIP(host) === 4) return IPV4_LOCAL.check(host, "ipv4");
  return host === "::1" || host === "::" || host === "localhost";
}
