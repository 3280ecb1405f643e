import { z } from "zod";

/**
 * What `pulumi preview --json` says (Pulumi: sdk/go/common/display/json.go). In: the text that it printed. Out: one change
 * a resource. What is not needed here is not read; what cannot be read is an error, never an empty list of changes.
 */

/** A preview of a few hundred resources has about 5 MB; more than this is no preview of this program. */
export const PREVIEW_BYTES_MAX = 64 * 1024 * 1024;
const STEPS_MAX = 20_000;
const TEXT_CHARS_MAX = 4_000;

const text = z.string().max(TEXT_CHARS_MAX);
const stateShape = z.object({
  type: text,
  id: text.optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  external: z.boolean().optional(),
  protect: z.boolean().optional(),
  /** Input -> URNs of the resources that its value comes from. */
  propertyDependencies: z.record(z.string(), z.array(text).nullable()).nullish(),
});
const stepShape = z.object({
  op: text,
  urn: text,
  oldState: stateShape.nullish(),
  newState: stateShape.nullish(),
});
const previewShape = z.object({
  steps: z.array(stepShape).max(STEPS_MAX).nullish(),
  diagnostics: z
    .array(z.object({ severity: text.optional(), message: z.string().optional() }))
    .max(STEPS_MAX)
    .nullish(),
});

export type ResourceState = z.output<typeof stateShape>;
type Step = z.output<typeof stepShape>;

/** One resource before and after; absent = it is not there. */
export interface Change {
  urn: string;
  /** `create`, `update`, `replace`, `delete`, … as Pulumi names it. */
  operation: string;
  before?: ResourceState;
  after?: ResourceState;
}

export interface Preview {
  /** What the deployment would do. */
  planned: Change[];
  /** What somebody changed past the program; only a preview with `--refresh` knows it. */
  drifted: Change[];
  /** What stays as it is; only a preview with `--show-sames` tells it. Read for its names. */
  unchanged: Change[];
  /** Errors of the preview: what follows them is missing from the lists. */
  errors: string[];
}

export class PreviewError extends Error {
  override name = "PreviewError";
}

/** Reads what the command printed. Throws `PreviewError` with the reason when it is no preview. */
export function readPreview(printed: string): Preview {
  if (Buffer.byteLength(printed) > PREVIEW_BYTES_MAX) throw new PreviewError("the preview is larger than 64 MiB");
  const parsed = previewShape.safeParse(parseJson(printed));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PreviewError(
      `this is no output of \`pulumi preview --json\`: ${issue?.path.join(".")} ${issue?.message}`,
    );
  }
  const { steps, diagnostics } = parsed.data;
  if (steps == null && diagnostics == null) throw new PreviewError("this is no output of `pulumi preview --json`");
  const managed = (steps ?? []).filter((step) => !isOnlyRead(step));
  const changes = changesOf(managed.filter(({ op }) => op !== "refresh"));
  return {
    planned: changes.filter(({ operation }) => operation !== "same"),
    drifted: driftOf(managed),
    unchanged: changes.filter(({ operation }) => operation === "same"),
    errors: (diagnostics ?? []).filter(({ severity }) => severity === "error").map(({ message }) => message ?? ""),
  };
}

function parseJson(printed: string): unknown {
  try {
    return JSON.parse(printed);
  } catch (cause) {
    throw new PreviewError("this is no JSON; run `pulumi preview --json`", { cause });
  }
}

/** Resources that the program looks up and does not own. */
function isOnlyRead({ op, newState, oldState }: Step): boolean {
  return op.startsWith("read") || (newState ?? oldState)?.external === true;
}

/** A replacement arrives as several steps of one URN, in an order that depends on what is deleted first. */
function changesOf(steps: readonly Step[]): Change[] {
  return [...Map.groupBy(steps, ({ urn }) => urn)].map(([urn, ofResource]) => changeOf(urn, ofResource));
}

/**
 * A refresh is told before it is done, so its step holds the state that was known. What was found stands in the next step
 * of the same resource as its old state; there is none when the resource is gone.
 */
function driftOf(steps: readonly Step[]): Change[] {
  return [...Map.groupBy(steps, ({ urn }) => urn)].flatMap(([urn, [refresh, next]]) => {
    if (refresh?.op !== "refresh" || refresh.oldState == null || next === undefined || next.op === "same") return [];
    const found = next.oldState == null ? {} : { after: next.oldState };
    return [{ urn, operation: next.oldState == null ? "delete" : "update", before: refresh.oldState, ...found }];
  });
}

function changeOf(urn: string, steps: readonly Step[]): Change {
  const before = steps.find(({ oldState }) => oldState != null)?.oldState;
  const after = steps.findLast(({ op, newState }) => newState != null && !op.startsWith("delete"))?.newState;
  const replaced = steps.some(({ op }) => op.includes("replace"));
  return {
    urn,
    operation: replaced ? "replace" : (steps[0]?.op ?? "same"),
    ...(before == null ? {} : { before }),
    ...(after == null ? {} : { after }),
  };
}

/** Last part of a URN: the name that the program gives. */
export function logicalNameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2) || urn;
}

/** `azure-native:authorization/v20220401:RoleAssignment` -> `azure-native:authorization:RoleAssignment`. */
export function typeWithoutVersion(type: string): string {
  return type.replace(/\/v\d{8}\w*:/, ":");
}
