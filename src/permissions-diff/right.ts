import type { ResourceState } from "./preview.ts";

/**
 * Something that somebody may do, or an opening through which somebody gets in, because a resource is as it is. Two rights
 * with the same three texts are the same right, whichever resource gives it.
 */
export interface Right {
  /** Principal, group of people, or network. */
  who: string;
  may: string;
  where: string;
  /** False where the texts do not say what it is, because it is not known before the deployment or is opaque. */
  readable?: false;
}

/** A resource's state and its URN; what is unknown is called by logical names. */
export interface Holder {
  urn: string;
  state: ResourceState;
}

/** Rights that come from a resource of one type. */
export type RightsOf = (holder: Holder) => Right[];

export const ANYBODY = "anybody on the internet";

/** A right as a key to compare by: Azure compares ids without regard to case. */
export function keyOf({ who, may, where }: Right): string {
  return JSON.stringify([who, may, where]).toLowerCase();
}
