import { z } from "zod";
import { parseResourceId } from "./resource-id.ts";
import { ALERT_KINDS, ALERT_STATES, SEVERITIES, SIGNAL_TYPES } from "./signal.ts";

const TEXT_MAX = 4_096;
const NAME_MAX = 260;
const PROPERTIES_MAX = 50;
const text = z.string().max(TEXT_MAX);
const name = z.string().max(NAME_MAX);
const resourceId = z
  .string()
  .max(TEXT_MAX)
  .refine((id) => parseResourceId(id) !== undefined, "expected a full ARM resource id");
const instant = z.iso.datetime({ offset: true }).transform((value) => Date.parse(value));
const properties = z
  .record(name, text)
  .refine((record) => Object.keys(record).length <= PROPERTIES_MAX, `expected at most ${PROPERTIES_MAX} members`);

/** Body of `POST /sandbox/alerts`. Only `rule` is required. Instants are ISO 8601 with an offset. */
export const alertRequestSchema = z.strictObject({
  /** Name of the alert rule. */
  rule: z.string().min(1).max(NAME_MAX),
  severity: z.enum(SEVERITIES).default("Sev3"),
  /** Default Metric; decides the kind when `kind` is not given. */
  signalType: z.enum(SIGNAL_TYPES).optional(),
  /** The exact kind, for example `metric-dynamic`; wins over `signalType` and `monitorService`. */
  kind: z.enum(ALERT_KINDS).optional(),
  /** Either spelling of the service; one that no kind stands for is passed on as it is. */
  monitorService: name.optional(),
  monitoringService: name.optional(),
  /** Default: a resource of the demonstration that suits the kind. */
  resourceId: resourceId.optional(),
  description: text.optional(),
  firedAt: instant.optional(),
  metricName: name.optional(),
  value: z.number().optional(),
  threshold: z.number().optional(),
  dimensions: properties.optional(),
  searchQuery: text.optional(),
  customProperties: properties.optional(),
  /** As if an alert processing rule had taken the action groups away: kept by Azure, nobody told. */
  suppressed: z.boolean().default(false),
  /** False: no action group is told, as if the push were lost; the poll must find the alert. */
  push: z.boolean().default(true),
});
export type AlertRequest = z.infer<typeof alertRequestSchema>;

/** An alert request with defaults, for callers in the program. Throws for a request that the API would refuse. */
export const toAlertRequest = (input: z.input<typeof alertRequestSchema>): AlertRequest =>
  alertRequestSchema.parse(input);

/** Body of `POST /sandbox/alerts/{id}/resolve`; may be empty. */
export const resolveRequestSchema = z.strictObject({
  push: z.boolean().default(true),
  resolvedAt: instant.optional(),
});

/** Body of `POST /sandbox/alerts/{id}/state`. */
export const stateRequestSchema = z.strictObject({
  state: z.enum(ALERT_STATES),
  comment: text.optional(),
});
