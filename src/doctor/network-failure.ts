import { CheckTimeoutError, type Explanation } from "./check.ts";

/**
 * Trouble below HTTP, from Node's error codes (Node "Common system errors", "OpenSSL error codes"): what it is and what
 * to do. Pure.
 */
const CHECK_ADDRESS = "Check the address in the settings, and the name server of this machine";
const TRUST_ISSUER =
  "A proxy that opens TLS, or a private certificate authority, is in the way: give its certificate in NODE_EXTRA_CA_CERTS";

const NETWORK_FAILURES: Readonly<Record<string, Explanation>> = {
  ENOTFOUND: { finding: "the name is not known", advice: CHECK_ADDRESS },
  EAI_AGAIN: { finding: "the name server does not answer", advice: CHECK_ADDRESS },
  ECONNREFUSED: {
    finding: "the connection was refused",
    advice: "Check address and port in the settings, and that the other side runs",
  },
  ECONNRESET: {
    finding: "the connection was broken off",
    advice: "Check firewall and proxy on the way, then try again",
  },
  EHOSTUNREACH: { finding: "there is no route to the address", advice: "Check the network and its routes" },
  ENETUNREACH: { finding: "there is no route to the address", advice: "Check the network and its routes" },
  ETIMEDOUT: { finding: "the connection is not answered", advice: "Let the firewall pass connections to this address" },
  UND_ERR_CONNECT_TIMEOUT: {
    finding: "the connection is not answered",
    advice: "Let the firewall pass connections to this address",
  },
  CERT_HAS_EXPIRED: {
    finding: "the server's certificate has expired",
    advice: "Check this machine's clock; else the server needs a new certificate",
  },
  CERT_NOT_YET_VALID: { finding: "the server's certificate is not valid yet", advice: "Check this machine's clock" },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    finding: "the server's certificate is for another name",
    advice: "Check the address in the settings",
  },
  SELF_SIGNED_CERT_IN_CHAIN: { finding: "the server's certificate is not trusted", advice: TRUST_ISSUER },
  DEPTH_ZERO_SELF_SIGNED_CERT: { finding: "the server's certificate is not trusted", advice: TRUST_ISSUER },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { finding: "the server's certificate is not trusted", advice: TRUST_ISSUER },
  UNABLE_TO_GET_ISSUER_CERT: { finding: "the server's certificate is not trusted", advice: TRUST_ISSUER },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { finding: "the server's certificate is not trusted", advice: TRUST_ISSUER },
};

const CAUSES_MAX = 6;

/** The first code in an error and its causes, or undefined. */
export function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < CAUSES_MAX; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && code in NETWORK_FAILURES) return code;
  }
  return undefined;
}

/** Undefined when the error is nothing of the network. */
export function explainNetwork(error: unknown): Explanation | undefined {
  if (error instanceof CheckTimeoutError) {
    const advice = "Check network, firewall and proxy on the way, then try again";
    return { finding: error.message, advice };
  }
  const code = codeOf(error);
  const known = code === undefined ? undefined : NETWORK_FAILURES[code];
  return known && { finding: `${known.finding} (${code})`, advice: known.advice };
}
