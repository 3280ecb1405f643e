import type { IdTag } from "../alert-ids.ts";

/** Where and how one system takes alerts. */
export interface Intake {
  origin: string;
  path: string;
  headers: Record<string, string>;
  /** The body of one alert, about 1.8 kB; every `{{id}}` becomes the alert's id. */
  template: string;
  acceptedStatus: number;
}

/** What the load thread is asked to send. */
export interface LoadOrder {
  intake: Intake;
  tag: IdTag;
  requests: number;
  /** Requests take turns over so many ids. */
  distinct: number;
  connections: number;
  /** null = as fast as the connections allow. */
  ratePerSecond: number | null;
  /** Says so once when so many are accepted; null = never. */
  noticeAfterAccepted: number | null;
  /** What has not been sent by then is not sent. */
  timeMsMax: number;
}

/** The thread's answer, one element a request; 0 = not sent or not answered. Times are monotonic milliseconds. */
export interface LoadResult {
  sentAt: Float64Array;
  answeredAt: Float64Array;
  status: Uint16Array;
  /** Sent later than the rate asked for, at most. */
  lagMsMax: number;
}

export type LoadMessage = { kind: "notice" } | { kind: "done"; result: LoadResult };
