import { createHash } from "node:crypto";

/**
 * Identity of an event: team, source instance and the source's own id, hashed before it is a key (threats I2, I4).
 * `variant` tells alerts apart that a source gives one id, such as the samples of Azure's "Test action group" (I5).
 */
export function dedupKey(teamId: string, sourceId: string, nativeId: string, variant = ""): Buffer {
  const hash = createHash("sha256");
  for (const part of [teamId, sourceId, nativeId, variant]) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest();
}

/** Identity of a body: the same bytes from the same source are kept once and counted. */
export function bodyDigest(sourceId: string, body: Buffer): Buffer {
  return createHash("sha256").update(sourceId).update(body).digest();
}
