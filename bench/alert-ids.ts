import { randomBytes } from "node:crypto";

/** The ids of one load: GUIDs that carry a tag of the load and a running number, so that no table of them is needed. */
export type IdTag = string;

export const newIdTag = (): IdTag => randomBytes(4).toString("hex");

export const alertIdOf = (tag: IdTag, index: number) => `${tag}-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
