import type { TokenCredential } from "@azure/core-auth";
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  decompressResponsePolicy,
  type Pipeline,
  type PipelinePolicy,
  type PipelineResponse,
  proxyPolicy,
  setClientRequestIdPolicy,
  systemErrorRetryPolicy,
  tracingPolicy,
  userAgentPolicy,
} from "@azure/core-rest-pipeline";
import { AzureError, fromAnswer, fromTokenFailure, fromTransport } from "./azure-error.ts";
import { nextLinkUrl, resourceUrl } from "./azure-url.ts";
import { parseRetryAfter } from "./retry-after.ts";

/**
 * One Azure endpoint (Resource Manager, Log Analytics, Graph) with one token scope. A URL is only ever built on the
 * configured endpoint, so whatever an alert's payload or a hostile answer says, the token goes nowhere else (threats
 * I3). Redirects are failures. Throttling, 5xx and state changes are retried by the callers' queues, which know what a
 * repetition means; here only reads are tried again, and only after a broken connection.
 *
 * All methods throw `AzureError` for everything expected; an aborted `signal` throws its reason.
 */
export interface AzureClient {
  /** `path` is raw text from the root of the endpoint (`/subscriptions/…`), not yet percent-encoded. */
  get(path: string, query?: Query, options?: AzureCallOptions): Promise<AzureAnswer>;
  post(path: string, query: Query, body: unknown, options?: AzureCallOptions): Promise<AzureAnswer>;
  /** Follows an absolute `nextLink`, if it stays on the endpoint. */
  getNextLink(url: string, options?: AzureCallOptions): Promise<AzureAnswer>;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface AzureCallOptions {
  signal?: AbortSignal;
}

/** A 2xx answer. */
export interface AzureAnswer {
  status: number;
  /** Parsed JSON, unvalidated; null when there was no body. */
  body: unknown;
  retryAfterSeconds: number | null;
  /** `x-ms-request-id`, for support cases. */
  requestId: string | null;
}

export interface AzureClientOptions {
  credential: TokenCredential;
  /** For example `https://management.azure.com/.default`. */
  scope: string;
  /** Origin and optional base path; https only. */
  endpoint: string;
  /** Prefix of the User-Agent, for example `watchbell/0.1.0`. */
  userAgent?: string;
  /** Epoch milliseconds, for dates in `Retry-After`. */
  now: () => number;
}

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 10 * 1_024 * 1_024;
const RESET_RETRIES_MAX = 2;
const RESET_RETRY_DELAY_MS = 500;

/** Creates the client; nothing is sent before the first call. */
export function createAzureClient(options: AzureClientOptions): AzureClient {
  const endpoint = new URL(options.endpoint);
  const pipeline = createPipeline(options);
  const httpClient = createDefaultHttpClient();

  const call = async (method: "GET" | "POST", url: URL, body: unknown, { signal }: AzureCallOptions = {}) => {
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const request = createPipelineRequest({
      url: url.href,
      method,
      headers: createHttpHeaders({ accept: "application/json" }),
      abortSignal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      // Streams, so that the size is limited while it arrives.
      streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
    });
    if (body !== undefined) {
      request.headers.set("content-type", "application/json");
      request.body = JSON.stringify(body);
    }
    try {
      const response = await pipeline.sendRequest(httpClient, request);
      return readAnswer(response, await readText(response), options.now());
    } catch (error) {
      signal?.throwIfAborted();
      throw fromTransport(error, deadline.aborted);
    }
  };

  return {
    get: async (path, query = {}, callOptions) =>
      call("GET", resourceUrl(endpoint, path, query), undefined, callOptions),
    post: async (path, query, body, callOptions) => call("POST", resourceUrl(endpoint, path, query), body, callOptions),
    getNextLink: async (url, callOptions) => call("GET", nextLinkUrl(endpoint, url), undefined, callOptions),
  };
}

function createPipeline({ credential, scope, userAgent }: AzureClientOptions): Pipeline {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(decompressResponsePolicy());
  pipeline.addPolicy(proxyPolicy());
  pipeline.addPolicy(userAgentPolicy(userAgent === undefined ? {} : { userAgentPrefix: userAgent }));
  pipeline.addPolicy(setClientRequestIdPolicy());
  pipeline.addPolicy(tracingPolicy(), { afterPhase: "Retry" });
  pipeline.addPolicy(readRetryPolicy(), { phase: "Retry" });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential: namedFailures(credential), scopes: scope }), {
    phase: "Sign",
  });
  return pipeline;
}

/** Broken connections only, and only for reads: a lost answer to a write may mean that it was done. */
function readRetryPolicy(): PipelinePolicy {
  const retry = systemErrorRetryPolicy({ maxRetries: RESET_RETRIES_MAX, retryDelayInMs: RESET_RETRY_DELAY_MS });
  return {
    name: "readRetryPolicy",
    sendRequest: (request, next) => (request.method === "GET" ? retry.sendRequest(request, next) : next(request)),
  };
}

/** The same credential, whose failures say what to do. */
function namedFailures(credential: TokenCredential): TokenCredential {
  return {
    getToken: async (scopes, tokenOptions) => {
      try {
        return await credential.getToken(scopes, tokenOptions);
      } catch (error) {
        throw fromTokenFailure(error);
      }
    },
  };
}

async function readText(response: PipelineResponse): Promise<string> {
  const stream = response.readableStreamBody;
  if (!stream) return response.bodyAsText ?? "";
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) throw new AzureError("AnswerTooLarge", "the answer is larger than 10 MiB");
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer(response: PipelineResponse, text: string, now: number): AzureAnswer {
  const { status, headers } = response;
  const retryAfterSeconds = parseRetryAfter(headers.get("retry-after"), now);
  const body = parseJson(text);
  if (status < 200 || status > 299) throw fromAnswer(status, body, retryAfterSeconds);
  if (body === undefined)
    throw new AzureError("AnswerUnreadable", "the answer is no JSON", { status, retryable: true });
  return { status, body, retryAfterSeconds, requestId: headers.get("x-ms-request-id") ?? null };
}

/** Null for nothing, undefined for what is no JSON. */
function parseJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
