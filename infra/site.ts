import { getClientConfig } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { getWorkspace } from "@pulumi/azure-native/operationalinsights/getWorkspace.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import * as azuread from "@pulumi/azuread";
import { workspaceOf } from "./components/playbooks.ts";
import type { Placement } from "./components/safeguards.ts";
import { type Names, namesOf, tagsOf } from "./naming.ts";
import type { InfraSettings } from "./settings.ts";
import { readWorkflowFiles, type WorkflowFile } from "./workflow-files.ts";

/** Where and for whom everything is made, and what is looked up before the first resource. */

export interface ProgramOptions {
  /** Epoch milliseconds; decides which client secrets exist. Default: the machine's clock. */
  now?: number;
  /** Folder of the playbooks, with a slash at its end. Default: `workflows/` of the repository. */
  workflows?: URL;
}

/** What is known before the first resource. */
export interface Survey {
  settings: InfraSettings;
  names: Names;
  tenant: { tenantId: string; subscriptionId: string };
  tags: Record<string, string>;
  ownerObjectIds: readonly string[];
  /** Written into each app registration: whose it is. */
  notes: string;
  now: number;
  workflows: readonly WorkflowFile[];
}

export interface Site extends Survey {
  place: Placement;
  group: ResourceGroup;
}

/** Rejects when the caller's tenant or subscription cannot be read. */
export async function surveySite(settings: InfraSettings, options: ProgramOptions): Promise<Survey> {
  const { tenantId, subscriptionId, objectId } = await getClientConfig();
  return {
    settings,
    names: namesOf(settings.environment, subscriptionId),
    tenant: { tenantId, subscriptionId },
    tags: tagsOf(settings.environment, settings.tags),
    ownerObjectIds: ownersOf(settings.owners, objectId),
    notes: `watchbell ${subscriptionId}/${settings.environment}`,
    now: options.now ?? Date.now(),
    workflows: readWorkflowFiles(options.workflows ?? new URL("../workflows/", import.meta.url)),
  };
}

/** Declares the resource group, and with it the place of all that follows. */
export function openSite(survey: Survey): Site {
  const { location } = survey.settings;
  const { tags } = survey;
  const group = new ResourceGroup("resource-group", {
    resourceGroupName: survey.names.resourceGroup,
    location,
    tags,
  });
  return { ...survey, group, place: { resourceGroupName: group.name, location, tags } };
}

function ownersOf(owners: readonly string[], deployerObjectId: string): string[] {
  return [...new Set(owners.map((owner) => (owner === "deployer" ? deployerObjectId : owner)))].sort();
}

/**
 * Object id of one of Microsoft's own principals. Looked up, not declared: a first-party principal that a program "uses"
 * is deleted from the tenant by its destroy.
 */
export async function findFirstParty(clientId: string, whose: string): Promise<string> {
  try {
    return (await azuread.getServicePrincipal({ clientId })).objectId;
  } catch (cause) {
    const command = `az ad sp create --id ${clientId}`;
    throw new Error(`look up ${whose}'s service principal: if it is absent in this tenant, run \`${command}\` once`, {
      cause,
    });
  }
}

/**
 * Refuses to make a second application of a name: names are not unique in Entra, and people grant rights by name. One
 * that this environment made before says so in its notes. A deployer who may not list applications learns nothing here.
 */
export async function refuseForeignApplications(
  survey: Pick<Survey, "notes">,
  displayNames: readonly string[],
): Promise<void> {
  for (const displayName of displayNames) {
    const found = await findApplication(displayName);
    if (found === undefined || found === survey.notes) continue;
    throw new Error(
      `watchbell:environment: this tenant has an app registration "${displayName}" that is not of this environment; choose another watchbell:environment, or delete or rename that registration (az ad app list --display-name "${displayName}")`,
    );
  }
}

/** Notes of the application of that name; undefined = there is none, or it cannot be seen. */
async function findApplication(displayName: string): Promise<string | undefined> {
  try {
    const { notes } = await azuread.getApplication({ displayName });
    return notes;
  } catch (error) {
    return /multiple applications|more than one/i.test(String(error)) ? "several" : undefined;
  }
}

/** The workspace with Sentinel. Rejects when it is in another subscription or cannot be read. */
export async function findSentinelWorkspace(survey: Survey): Promise<{ customerId: string } | undefined> {
  const { sentinel } = survey.settings;
  if (sentinel === "off") return undefined;
  const { subscriptionId, resourceGroup, workspace } = workspaceOf(sentinel);
  if (subscriptionId !== survey.tenant.subscriptionId) {
    throw new Error(
      "watchbell:sentinel: the workspace is in another subscription; deploy a stack of profile spoke into that one",
    );
  }
  try {
    const { customerId } = await getWorkspace({ resourceGroupName: resourceGroup, workspaceName: workspace });
    return { customerId };
  } catch (cause) {
    throw new Error("watchbell:sentinel: there is no such workspace, or you may not read it", { cause });
  }
}
