import type { SandboxPart, World } from "./world.ts";

const ARM_AUDIENCES = ["https://management.core.windows.net/", "https://management.azure.com/"];
/** From this version on the answer is one cloud instead of a list of clouds. */
const SINGLE_CLOUD_SINCE = "2022-09-01";

/** `GET /metadata/endpoints`: with it a command line or SDK takes the sandbox for a cloud of its own. No credential. */
export function createMetadataPart(world: World): SandboxPart {
  return {
    async handle({ method, url }) {
      if (method !== "GET" || url.pathname !== "/metadata/endpoints") return undefined;
      const version = url.searchParams.get("api-version") ?? "";
      if (version === "2015-01-01") return { status: 200, body: originalForm(world) };
      const cloud = cloudForm(world);
      return { status: 200, body: version >= SINGLE_CLOUD_SINCE ? cloud : [cloud] };
    },
  };
}

function originalForm({ origins }: World): Record<string, unknown> {
  return {
    galleryEndpoint: origins.secure,
    graphEndpoint: origins.secure,
    portalEndpoint: origins.plain,
    authentication: { loginEndpoint: origins.secure, audiences: ARM_AUDIENCES },
  };
}

function cloudForm({ origins, directory }: World): Record<string, unknown> {
  return {
    name: "WatchbellSandbox",
    portal: origins.plain,
    resourceManager: origins.secure,
    graph: origins.secure,
    microsoftGraphResourceId: "https://graph.microsoft.com",
    logAnalyticsResourceId: "https://api.loganalytics.io",
    authentication: {
      loginEndpoint: origins.secure,
      audiences: ARM_AUDIENCES,
      tenant: directory.tenantId,
      identityProvider: "AAD",
    },
    suffixes: { keyVaultDns: "vault.azure.net", storage: "core.windows.net", acrLoginServer: "azurecr.io" },
  };
}
