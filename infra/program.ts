import { type ConnectorOutputs, deployConnector } from "./connector.ts";
import { deployFull, type FullOutputs } from "./full.ts";
import type { InfraSettings } from "./settings.ts";
import type { ProgramOptions } from "./site.ts";
import { deploySpoke, type SpokeOutputs } from "./spoke.ts";

/**
 * The program: one run declares what one stack is in one subscription. In: checked settings and the credentials of whoever
 * deploys. Out: ids and addresses, never a secret. Run by `pulumi up` (index.ts), by the sandbox and by the tests, the
 * same each time.
 */

export type WatchbellOutputs = FullOutputs | SpokeOutputs | ConnectorOutputs;

/** Declares all resources of the stack's profile. Rejects before the first one when something that must be there is not. */
export function deployWatchbell(settings: InfraSettings, options: ProgramOptions = {}): Promise<WatchbellOutputs> {
  switch (settings.profile) {
    case "full":
      return deployFull(settings, options);
    case "spoke":
      return deploySpoke(settings, options);
    case "connector":
      return deployConnector(settings, options);
  }
}
