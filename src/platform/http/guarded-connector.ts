import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { type EgressPolicy, permitsAddress } from "./address-policy.ts";

/** All addresses of a name, IPv4 and IPv6 literals. Rejects when there are none. */
export type Resolve = (host: string) => Promise<string[]>;

/** The system's resolver (hosts file, search domains, DNS); IPv4 first, since many container networks have no IPv6. */
export const resolveAll: Resolve = async (host) =>
  (await lookup(host, { all: true, order: "ipv4first" })).map(({ address }) => address);

const CONNECT_TIMEOUT_MS = 3_000;

/** The name or literal leads to an address that egress must not reach. Says neither name nor address. */
export class RefusedAddressError extends Error {
  constructor() {
    super("the target is refused");
    this.name = "RefusedAddressError";
  }
}

/**
 * The connector of one origin (threats W3): resolves inside the connection attempt, checks every address, and hands
 * the socket only checked ones, so there is no second resolution that a rebinding name server could answer otherwise.
 * TLS name and Host header stay the name. Runs for each new connection.
 */
export function createGuardedConnector(policy: EgressPolicy, origin: URL, resolve: Resolve): buildConnector.connector {
  const host = origin.hostname.replace(/^\[|\]$/g, "");
  const port = Number(origin.port || (origin.protocol === "https:" ? 443 : 80));
  const place = { host, port };
  const permits = (address: string) => permitsAddress(policy, place, address);
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: createCheckedLookup(resolve, permits),
    autoSelectFamily: true,
    // Not even NODE_TLS_REJECT_UNAUTHORIZED may open this client.
    rejectUnauthorized: true,
  });
  return (options, callback) => {
    // Node asks no lookup for literals.
    if (isIP(host) !== 0 && !permits(host)) callback(new RefusedAddressError(), null);
    else connect(options, callback);
  };
}

/** A `lookup` for Node's sockets that gives either addresses which all passed `permits`, or an error. */
export function createCheckedLookup(resolve: Resolve, permits: (address: string) => boolean): LookupFunction {
  const resolveChecked = async (host: string) => {
    const addresses = await resolve(host);
    if (addresses.length === 0) throw new Error("the name has no address");
    // One bad address spoils the name: Node chooses among them by itself.
    if (!addresses.every(permits)) throw new RefusedAddressError();
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  return (host, options, callback) => {
    resolveChecked(host).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else if (first) callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}
