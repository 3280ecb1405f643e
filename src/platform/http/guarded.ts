import { Agent, type Dispatcher, Pool } from "undici";
import { createEgressPolicy, type EgressPolicy, parseTarget, type Target } from "./address-policy.ts";
import { createGuardedConnector, RefusedAddressError, type Resolve, resolveAll } from "./guarded-connector.ts";
import { parseRetryAfter } from "./retry-after.ts";

/**
 * The client for every host that a user can influence (threats W1–W9): webhooks, push services, later bridges. One
 * request, one answer; nothing is retried, redirected or remembered, and no cookie or Azure token is ever sent. What
 * is expected to fail comes back as a value, so that callers cannot forget it and the hot path makes no stack traces.
 */
export interface GuardedClient {
  /**
   * Sends one request. Waits for one of the destination's connections first; `timeoutMs` (default 15,000) counts from
   * then, connecting included. Throws only for a header that our own code should not have set (W7).
   */
  request(request: GuardedRequest): Promise<EgressAnswer>;
  /** The URL rules alone, without resolving: for refusing a contact when it is saved. */
  permits(url: string): boolean;
  /** Refuses new requests, gives those under way a second, then cuts them. May be called again. */
  close(): Promise<void>;
}

export interface GuardedRequest {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body: Buffer | string;
  timeoutMs?: number;
}

export type EgressAnswer =
  | { kind: "answered"; status: number; retryAfterSeconds: number | null }
  | { kind: "failed"; reason: EgressFailure; retryable: boolean; status: number | null };

/**
 * `unreachable` is one word for refused, closed, filtered, unresolvable and badly certified targets, so that nobody
 * can map a network with it (W5); `timeout` only means that a connected receiver did not answer in time.
 */
export type EgressFailure = "refused-target" | "redirected" | "unreachable" | "timeout";

export interface GuardedClientOptions {
  /** `host:port` entries of the setting `egress.allow` (W6). */
  allow: readonly string[];
  /** Ports of public targets: the setting `egress.ports`. */
  ports: readonly number[];
  /** Value of `IDENTITY_ENDPOINT`. */
  identityEndpoint?: string;
  /** All addresses of a name; default: the system's resolver. */
  resolve?: Resolve;
  /** Connections to one origin, and so requests under way to it. Default 32. */
  connectionsPerHost?: number;
  /** Epoch milliseconds, for dates in `Retry-After`. */
  now: () => number;
}

const CONNECTIONS_PER_HOST = 32;
const TOTAL_TIMEOUT_MS = 15_000;
const CLOSE_GRACE_MS = 1_000;
/** So much of an answer is read, to keep the connection usable, and thrown away (W5). */
const ANSWER_BYTES_MAX = 16_384;

/** Ours to decide: the target's name, framing, and state that must not exist (W7). */
const HEADERS_REFUSED = new Set([
  ...["host", "content-length", "cookie", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["expect", "proxy-authorization", "proxy-authenticate", "proxy-connection"],
]);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 field-content, narrowed to visible ASCII: every value we send is our own. */
const FIELD_CONTENT = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** Creates the client. Throws when the settings name what can never be allowed. */
export function createGuardedClient(options: GuardedClientOptions): GuardedClient {
  const policy = createEgressPolicy(options);
  const limit = options.connectionsPerHost ?? CONNECTIONS_PER_HOST;
  const pools = new Set<Pool>();
  const agent = createAgent(policy, options.resolve ?? resolveAll, limit, pools);
  const gates = new Map<string, Gate>();
  let closing: Promise<void> | null = null;

  const request = async (asked: GuardedRequest): Promise<EgressAnswer> => {
    const headers = checkedHeaders(asked.headers);
    const target = parseTarget(policy, asked.url);
    if (target === null) return { kind: "failed", reason: "refused-target", retryable: false, status: null };
    const gate = openGate(gates, target.origin, limit);
    await gate.enter();
    if (closing) {
      gate.leave();
      return UNREACHABLE;
    }
    return exchange(agent, target, asked, headers, options.now, () => gate.leave());
  };

  const shut = async () => {
    const allClosed = agent.close();
    // The agent forgets its pools as soon as it closes, so cutting what hangs is ours.
    const cut = setTimeout(() => {
      for (const pool of pools) void pool.destroy();
    }, CLOSE_GRACE_MS);
    await allClosed;
    clearTimeout(cut);
  };
  const close = () => {
    closing ??= shut();
    return closing;
  };

  return { request, permits: (url) => parseTarget(policy, url) !== null, close };
}

const UNREACHABLE: EgressAnswer = { kind: "failed", reason: "unreachable", retryable: true, status: null };

/** Makes a pool per origin; `pools` holds those still open. */
function createAgent(policy: EgressPolicy, resolve: Resolve, connections: number, pools: Set<Pool>): Agent {
  return new Agent({
    connections,
    pipelining: 1,
    // The total timeout is ours; undici's own would only add coarse timers.
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (origin, options) => {
      for (const pool of pools) if (pool.closed) pools.delete(pool);
      const pool = new Pool(origin, { ...options, connect: createGuardedConnector(policy, new URL(origin), resolve) });
      pools.add(pool);
      return pool;
    },
  });
}

/** Names and values checked (W7), flat as undici takes them. */
function checkedHeaders(headers: Record<string, string>): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name) || HEADERS_REFUSED.has(name.toLowerCase()))
      throw new TypeError(`header ${name} is not ours to set`);
    if (!FIELD_CONTENT.test(value)) throw new TypeError(`header ${name} has a value that is no field content`);
    flat.push(name, value);
  }
  return flat;
}

/** Lets `limit` requests to one origin through, the others in their order: time in this queue is no timeout's. */
interface Gate {
  enter(): Promise<void> | undefined;
  leave(): void;
}

function openGate(gates: Map<string, Gate>, origin: string, limit: number): Gate {
  const known = gates.get(origin);
  if (known) return known;
  const waiting: (() => void)[] = [];
  let active = 0;
  const enter = () => {
    if (active < limit) {
      active += 1;
      return;
    }
    return new Promise<void>((admit) => waiting.push(admit));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next) return next();
    active -= 1;
    if (active === 0) gates.delete(origin);
  };
  const gate = { enter, leave };
  gates.set(origin, gate);
  return gate;
}

function exchange(
  agent: Agent,
  target: Target,
  asked: GuardedRequest,
  headers: string[],
  now: () => number,
  release: () => void,
): Promise<EgressAnswer> {
  return new Promise((settle) => {
    const handler = new ExchangeHandler(asked.timeoutMs ?? TOTAL_TIMEOUT_MS, now, settle, release);
    const { method, body } = asked;
    agent.dispatch({ origin: target.origin, path: target.path, method, headers, body }, handler);
  });
}

/**
 * One exchange. The answer is settled once: by its end, by an error, or by the total timeout; the connection is given
 * back when undici is done with it, which after a timeout while connecting is later.
 */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #now: () => number;
  readonly #settle: (answer: EgressAnswer) => void;
  readonly #release: () => void;
  // Real time on purpose: it bounds a real socket, whatever a test does to the clock that decisions read.
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #retryAfterSeconds: number | null = null;
  #bytes = 0;
  #isLate = false;

  constructor(timeoutMs: number, now: () => number, settle: (answer: EgressAnswer) => void, release: () => void) {
    this.#now = now;
    this.#settle = settle;
    this.#release = release;
    this.#timer = setTimeout(() => this.#onTimeout(), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isLate) controller.abort(new Error("too late to send"));
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ) {
    this.#status = status;
    const retryAfter = headers["retry-after"];
    if (typeof retryAfter === "string") this.#retryAfterSeconds = parseRetryAfter(retryAfter, this.#now());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MAX) controller.abort(new Error("answer is longer than anybody reads"));
  }

  onResponseEnd(): void {
    this.#finish(this.#answer(UNREACHABLE));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const isRefused = error instanceof RefusedAddressError;
    const failure: EgressAnswer = isRefused
      ? { kind: "failed", reason: "refused-target", retryable: false, status: null }
      : UNREACHABLE;
    this.#finish(this.#answer(failure));
  }

  #onTimeout(): void {
    this.#isLate = true;
    const failure: EgressAnswer = this.#controller
      ? { kind: "failed", reason: "timeout", retryable: true, status: null }
      : UNREACHABLE;
    this.#settle(this.#answer(failure));
    this.#controller?.abort(new Error("no answer in time"));
  }

  /** A final status once received is the answer, even if the rest was cut; 1xx is none. */
  #answer(otherwise: EgressAnswer): EgressAnswer {
    const status = this.#status;
    if (status < 200) return otherwise;
    if (status < 300 || status >= 400) return { kind: "answered", status, retryAfterSeconds: this.#retryAfterSeconds };
    return { kind: "failed", reason: "redirected", retryable: false, status };
  }

  #finish(answer: EgressAnswer): void {
    clearTimeout(this.#timer);
    this.#settle(answer);
    this.#release();
  }
}
