import { HEARTBEAT } from "../../src/api/heartbeat.ts";
import type { ClientSecretTerm } from "../rotation.ts";

/**
 * The queries of the alert rules that watch Watchbell itself, as text of Kusto. A table of a new workspace does not exist
 * before its first row, and a query that names it would be refused: so each is joined to an empty table of the columns
 * that it reads.
 */

const CONSOLE = `union isfuzzy=true
    (datatable(TimeGenerated: datetime, ContainerAppName: string, Log: string)[]),
    ContainerAppConsoleLogs`;
const SIGN_INS = `union isfuzzy=true
    (datatable(TimeGenerated: datetime, ServicePrincipalId: string, ResultType: string, IPAddress: string,
        ServicePrincipalCredentialKeyId: string, FederatedCredentialId: string)[]),
    AADServicePrincipalSignInLogs`;
const AUDIT = `union isfuzzy=true
    (datatable(TimeGenerated: datetime, OperationName: string, TargetResources: dynamic, InitiatedBy: dynamic,
        Result: string)[]),
    AuditLogs`;

/** The worker's lines of the console log (src/api/heartbeat.ts); it writes JSON. */
function linesOf(appName: string): string {
  return `${CONSOLE}
| where ContainerAppName == "${appName}"
| extend Entry = parse_json(Log)
| where tostring(Entry.msg) == "${HEARTBEAT}"`;
}

/** A row for each sign of life. */
export const heartbeatQuery = linesOf;

/** A row for each minute in which a message had waited for more than \`seconds\`. */
export function lateOutboxQuery(appName: string, seconds: number): string {
  return `${linesOf(appName)}
| extend OldestSeconds = todouble(Entry.outboxOldestSeconds)
| where OldestSeconds > ${seconds}
| project TimeGenerated, OldestSeconds`;
}

/** Sign-ins of the service principal that failed. Real rows hold 0 for success, the documentation says \`Success\`. */
export function failedSignInQuery(servicePrincipalId: string): string {
  return `${SIGN_INS}
| where ServicePrincipalId =~ "${servicePrincipalId}"
| where ResultType !in~ ("0", "Success")
| project TimeGenerated, ResultType, IPAddress`;
}

/** Sign-ins of a principal without secret that used one all the same: somebody made it. */
export function secretUsedQuery(servicePrincipalId: string): string {
  return `${SIGN_INS}
| where ServicePrincipalId =~ "${servicePrincipalId}"
| where isnotempty(ServicePrincipalCredentialKeyId) and isempty(FederatedCredentialId)
| project TimeGenerated, ResultType, IPAddress, ServicePrincipalCredentialKeyId`;
}

/**
 * Changes of credentials, owners, roles or consent of the given directory objects (applications and service principals).
 * Matched by words of the operation, for Entra's names of operations differ in dashes and grow.
 */
export function directoryChangeQuery(objectIds: readonly string[]): string {
  const ids = objectIds.map((id) => `"${id}"`).join(", ");
  return `${AUDIT}
| where OperationName has_any ("credentials", "secrets", "owner", "app role assignment", "consent", "delegated permission grant")
| mv-expand Target = TargetResources
| where tostring(Target.id) in~ (${ids})
| project TimeGenerated, OperationName, Result, Target = tostring(Target.displayName), InitiatedBy`;
}

/** A row for each client secret that ends within \`days\`. The ends are known when deploying; nothing is logged for it. */
export function secretEndQuery(current: ClientSecretTerm, days: number): string {
  return `datatable(Secret: int, EndsAt: datetime)[${current.number}, datetime(${current.endsAt})]
| where EndsAt < now() + ${days}d
| extend TimeGenerated = now()`;
}
