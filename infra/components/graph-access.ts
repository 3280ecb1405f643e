import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import { graphRoles, MICROSOFT_GRAPH_CLIENT_ID } from "../permissions.ts";

/** Microsoft Graph's principal in this tenant, and the ids of its app roles by value: they differ between clouds. */
export interface GraphPrincipal {
  objectId: string;
  roleIds: Readonly<Record<string, string>>;
}

/** Looks Graph up. Throws when the tenant does not have one of the roles that permissions.ts names. */
export async function findGraph(): Promise<GraphPrincipal> {
  const { objectId, appRoleIds } = await azuread.getServicePrincipal({ clientId: MICROSOFT_GRAPH_CLIENT_ID });
  const missing = graphRoles().filter((role) => appRoleIds[role] === undefined);
  if (missing.length > 0) {
    throw new Error(
      `watchbell:graph: Microsoft Graph has no app role ${missing.join(", ")} in this tenant; set watchbell:graph off`,
    );
  }
  return { objectId, roleIds: appRoleIds };
}

export interface GraphAccessArgs {
  graph: GraphPrincipal;
  /** Object id of the daemon's service principal. */
  principalId: pulumi.Input<string>;
}

/** Grants the worker the app roles of Microsoft Graph that permissions.ts names. A grant is the administrator's consent. */
export class GraphAccess extends pulumi.ComponentResource {
  constructor(name: string, args: GraphAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:GraphAccess", name, {}, options);
    let last: pulumi.Resource[] = [];
    for (const role of graphRoles()) {
      const grant = new azuread.AppRoleAssignment(
        `${name}-${role}`,
        {
          appRoleId: args.graph.roleIds[role] as string,
          principalObjectId: args.principalId,
          resourceObjectId: args.graph.objectId,
        },
        // Graph refuses concurrent writes about one principal.
        { parent: this, dependsOn: last },
      );
      last = [grant];
    }
    this.registerOutputs();
  }
}

/** The commands by which an administrator grants the same (setting `graphGrants: manual`). */
export function graphGrantCommands({ graph, principalId }: GraphAccessArgs): pulumi.Output<string[]> {
  return pulumi.output(principalId).apply((objectId) =>
    graphRoles().map((role) => {
      const body = { principalId: objectId, resourceId: graph.objectId, appRoleId: graph.roleIds[role] };
      const url = `https://graph.microsoft.com/v1.0/servicePrincipals/${objectId}/appRoleAssignments`;
      return `An administrator grants ${role}: az rest --method POST --url ${url} --body '${JSON.stringify(body)}'`;
    }),
  );
}
