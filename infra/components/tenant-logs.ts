import { DiagnosticSetting } from "@pulumi/azure-native/aadiam/diagnosticSetting.js";
import * as pulumi from "@pulumi/pulumi";

export interface TenantLogsArgs {
  settingName: string;
  workspaceId: pulumi.Input<string>;
}

/** What the rules of SelfWatch read of the tenant: sign-ins of principals, and changes of the directory. */
const CATEGORIES = ["AuditLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs"];

/** The tenant's logs into the workspace. One a tenant, by a person: the interface was seen to refuse service principals. */
export class TenantLogs extends pulumi.ComponentResource {
  constructor(name: string, args: TenantLogsArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:TenantLogs", name, {}, options);
    new DiagnosticSetting(
      name,
      {
        name: args.settingName,
        workspaceId: args.workspaceId,
        logs: CATEGORIES.map((category) => ({ category, enabled: true })),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
