import type { Channel } from "./channel.ts";

/** The channels that this worker can send on. */
export interface ChannelRegistry {
  /** Undefined for a channel that is not set up here; the outbox ends such a message as `bad-contact`. */
  get(kind: string): Channel | undefined;
}

/** Throws when two channels have the same kind: one of them would never send. */
export function createChannelRegistry(channels: readonly Channel[]): ChannelRegistry {
  const byKind = new Map<string, Channel>();
  for (const channel of channels) {
    if (byKind.has(channel.kind)) throw new Error(`two channels are called ${channel.kind}`);
    byKind.set(channel.kind, channel);
  }
  return { get: (kind) => byKind.get(kind) };
}
