import type { InfraSettings } from "./settings.ts";

/** What the program cannot do for people, in sentences with the command. */

/** What is left to do by hand after `up`; empty when nothing is. */
export function nextSteps(settings: InfraSettings): string[] {
  const steps: string[] = [];
  if (settings.operators.length === 0) {
    steps.push(
      "Nobody hears when Watchbell itself is in trouble: `pulumi config set watchbell:operators <mail addresses>`, then `pulumi up`.",
    );
  }
  if (settings.profile !== "spoke" && settings.tenantLogs === "off") {
    steps.push(
      "The rules about sign-ins and changes in Entra see nothing before the tenant's logs reach the workspace: `pulumi config set watchbell:tenantLogs deploy` in one stack of the tenant (as a person with Security Administrator; Entra ID P1), or send AuditLogs and ServicePrincipalSignInLogs there yourself.",
    );
  }
  return steps;
}

const SOFT_DELETED_VAULT =
  "the Key Vault stays soft-deleted for 90 days; a new deployment gets a new vault of another name";

/** What Azure and Entra keep after `pulumi destroy`, and why it is not in the way of another `up`. */
export function keptAfterDestroy(settings: InfraSettings): string[] {
  if (settings.profile === "spoke") return ["nothing: a spoke has neither vault nor app registration"];
  const applications = settings.profile === "full" ? "both app registrations lie" : "the app registration lies";
  return [
    settings.purgeProtection
      ? `${SOFT_DELETED_VAULT}, and purge protection keeps everybody from removing it sooner`
      : `${SOFT_DELETED_VAULT}; remove it sooner with \`az keyvault purge --name <name>\``,
    "the Log Analytics workspace can be recovered for 14 days; a new deployment gets another name",
    `${applications} under "deleted applications" for 30 days; a new deployment makes new ones with new ids`,
    ...databaseKept(settings),
    ...(settings.tenantLogs === "deploy" ? ["logs of the tenant end with the workspace"] : []),
  ];
}

function databaseKept({ profile, databaseSecretUri, retainData }: InfraSettings): string[] {
  if (profile !== "full" || databaseSecretUri !== undefined) return [];
  return retainData
    ? [
        "the database is protected: `pulumi destroy --exclude-protected` leaves it, its network and its group; `watchbell:retainData false` and `pulumi up` first, and it goes too",
      ]
    : ["a deleted database server can be restored for about 5 days through Azure, not by this program"];
}
