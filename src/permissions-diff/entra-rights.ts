import { logicalNameOf } from "./preview.ts";
import type { RightsOf } from "./right.ts";
import { holdsHidden, listAt, namedBy, textAt, textOf, textsAt } from "./state-values.ts";

/** Rights in Microsoft Entra: who may act as an application, and what an application may. */

const application = "applicationId";

const appRole: RightsOf = ({ urn, state }) => [
  {
    who: namedBy(state, "principalObjectId", urn),
    may: `app role ${namedBy(state, "appRoleId", urn)}`,
    where: `application ${namedBy(state, "resourceObjectId", urn)}`,
  },
];

const directoryRole: RightsOf = ({ urn, state }) => [
  {
    who: namedBy(state, "principalObjectId", urn),
    may: `directory role ${namedBy(state, "roleId", urn)}`,
    where: textAt(state.inputs ?? {}, "directoryScopeId") || "the whole tenant",
  },
];

/** Whoever holds such a token of another issuer becomes the application. */
const federatedCredential: RightsOf = ({ urn, state }) => [
  {
    who: `${namedBy(state, "subject", urn)} of ${namedBy(state, "issuer", urn)}`,
    may: "sign in as the application",
    where: `application ${namedBy(state, application, urn)}`,
  },
];

const owner: RightsOf = ({ urn, state }) => [
  {
    who: namedBy(state, "ownerObjectId", urn),
    may: "own the application: change it and add credentials",
    where: `application ${namedBy(state, application, urn)}`,
  },
];

/** A new password is a new way in, although nobody is named: whoever gets to see it. */
const credential: RightsOf = ({ urn, state }) => [
  {
    who: `holders of the credential ${logicalNameOf(urn)}`,
    may: `sign in as the application${untilOf(textAt(state.inputs ?? {}, "endDate"))}`,
    where: `application ${namedBy(state, application, urn)}`,
  },
];
const untilOf = (end: string) => (end === "" ? "" : ` until ${end}`);

const offeredRole: RightsOf = ({ urn, state }) => [
  {
    who: textsAt(state.inputs ?? {}, "allowedMemberTypes")
      .sort()
      .join(" and "),
    may: `be given the app role ${namedBy(state, "value", urn)}`,
    where: `application ${namedBy(state, application, urn)}`,
  },
];

/** Asked for, not granted: it counts once an administrator consents. */
const apiAccess: RightsOf = ({ urn, state }) => {
  const inputs = state.inputs ?? {};
  const asked = [...textsAt(inputs, "roleIds"), ...textsAt(inputs, "scopeIds")];
  return asked.map((id) => ({
    who: `application ${namedBy(state, application, urn)}`,
    may: `ask for consent to ${id}`,
    where: `API ${namedBy(state, "apiClientId", urn)}`,
  }));
};

const registration: RightsOf = ({ urn, state }) => {
  const audience = textAt(state.inputs ?? {}, "signInAudience");
  const where = `application ${logicalNameOf(urn)}`;
  const foreign = audience !== "" && audience !== "AzureADMyOrg";
  const owners = listAt(state.inputs ?? {}, "owners").map((id) => ownerOf(id, where));
  return foreign ? [{ who: `accounts of ${audience}`, may: "sign in after consent", where }, ...owners] : owners;
};

const servicePrincipal: RightsOf = ({ urn, state }) => {
  const inputs = state.inputs ?? {};
  const where = `service principal ${logicalNameOf(urn)}`;
  const owners = listAt(inputs, "owners").map((id) => ownerOf(id, where));
  const open = inputs["appRoleAssignmentRequired"] !== true;
  return open ? [{ who: "everybody in the tenant", may: "get a token for it unassigned", where }, ...owners] : owners;
};

const ownerOf = (id: unknown, where: string) => ({
  who: holdsHidden(id) ? "a new principal" : textOf(id),
  may: "own it: change it and add credentials",
  where,
});

export const ENTRA_RIGHTS: Readonly<Record<string, RightsOf>> = {
  "azuread:index/appRoleAssignment:AppRoleAssignment": appRole,
  "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment": directoryRole,
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": federatedCredential,
  "azuread:index/applicationOwner:ApplicationOwner": owner,
  "azuread:index/applicationPassword:ApplicationPassword": credential,
  "azuread:index/applicationCertificate:ApplicationCertificate": credential,
  "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": credential,
  "azuread:index/applicationAppRole:ApplicationAppRole": offeredRole,
  "azuread:index/applicationApiAccess:ApplicationApiAccess": apiAccess,
  "azuread:index/application:Application": registration,
  "azuread:index/applicationRegistration:ApplicationRegistration": registration,
  "azuread:index/servicePrincipal:ServicePrincipal": servicePrincipal,
};
