/** Version of an Entra token: which of the two formats it has (claim `ver`). */
export type TokenVersion = "1.0" | "2.0";

/** Exact issuer text per token version (threats J2). */
export type Issuers = Readonly<Record<TokenVersion, string>>;

/** Hosts of the issuers per cloud (Microsoft identity platform, "National clouds"; "Access token claims", `iss`). */
const ISSUER_HOSTS = {
  public: { "1.0": "https://sts.windows.net", "2.0": "https://login.microsoftonline.com" },
  usgov: { "1.0": "https://sts.windows.net", "2.0": "https://login.microsoftonline.us" },
  china: { "1.0": "https://sts.chinacloudapi.cn", "2.0": "https://login.partner.microsoftonline.cn" },
} as const;

export type Cloud = keyof typeof ISSUER_HOSTS;

/**
 * The issuers that tokens of `tenantId` must name: Microsoft's for the cloud, or the given ones. Throws when a given one
 * does not hold the tenant: every tenant's tokens would pass or none.
 */
export function resolveIssuers(tenantId: string, cloud: Cloud, given: Partial<Issuers> = {}): Issuers {
  const hosts = ISSUER_HOSTS[cloud];
  const issuers = {
    "1.0": given["1.0"] ?? `${hosts["1.0"]}/${tenantId}/`,
    "2.0": given["2.0"] ?? `${hosts["2.0"]}/${tenantId}/v2.0`,
  };
  for (const [version, issuer] of Object.entries(issuers)) {
    if (!issuer.toLowerCase().includes(tenantId)) {
      throw new Error(`the issuer of version ${version} tokens does not name the tenant ${tenantId}`);
    }
  }
  return issuers;
}
