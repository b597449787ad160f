import { GateError, messageOf } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import { isLoopback } from "../../util/loopback.ts";
import { readBounded } from "../../util/response.ts";
import type { Credentials } from "./credentials.ts";

/** One request to a registry. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** The most bytes that the body of the answer may have. */
  readonly maxBytes: number;
}

export interface RegistryResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Speaks HTTP with one registry: authenticates, follows redirects, and bounds everything that comes back. */
export interface RegistryHttp {
  /**
   * @throws {GateError} `registry-failed` where there is no answer, or one that is not followed or too large
   */
  send(request: RegistryRequest): Promise<RegistryResponse>;
}

export interface RegistryHttpOptions {
  /** Where credentials go, and nowhere else. */
  readonly origin: URL;
  /** Asked for once, and only where the registry wants some. */
  readonly credentials: () => Promise<Credentials | undefined>;
  /** For one request with its answer, in milliseconds; default 60000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 5;
const MAX_TOKEN_BYTES = 1 << 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createRegistryHttp(options: RegistryHttpOptions): RegistryHttp {
  const { origin, credentials, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  let authorization: string | undefined;

  async function send(request: RegistryRequest): Promise<RegistryResponse> {
    const first = await follow(request);
    if (first.status !== 401 || first.challenge === undefined) return first;
    authorization = await answerChallenge(first.challenge);
    // Once: a registry that asks again does not want these credentials.
    return follow(request);
  }

  async function follow(
    request: RegistryRequest,
  ): Promise<RegistryResponse & { readonly challenge?: string | undefined }> {
    let { url } = request;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      requireSafe(url);
      const home = url.origin === origin.origin;
      const authorized = home && authorization !== undefined ? { authorization } : {};
      const response = await once({ ...request, url, headers: { ...request.headers, ...authorized } });
      const location = response.headers.get("location");
      if (!REDIRECTS.has(response.status) || location === null) {
        return home ? { ...response, challenge: response.headers.get("www-authenticate") ?? undefined } : response;
      }
      // What is uploaded goes where the registry takes uploads, which it says in another way.
      if (request.method !== "GET" && request.method !== "HEAD") {
        throw failed(url, `answers ${request.method} with a redirect`);
      }
      url = resolveLocation(location, url);
    }
    throw failed(request.url, `redirects more than ${MAX_REDIRECTS} times`);
  }

  async function once({ method, url, headers, body, maxBytes }: RegistryRequest): Promise<RegistryResponse> {
    try {
      const response = await fetch(url, {
        method,
        redirect: "manual",
        // A digest is one of the bytes as they are stored.
        headers: { ...headers, "accept-encoding": "identity" },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body }),
      });
      const received = await readBounded(response, maxBytes, () => failed(url, `sends more than ${maxBytes} bytes`));
      return { status: response.status, headers: response.headers, body: received };
    } catch (cause) {
      if (cause instanceof GateError) throw cause;
      const late = cause instanceof Error && cause.name === "TimeoutError";
      throw failed(url, late ? `took more than ${timeoutMs} ms` : `gave no answer: ${reasonOf(cause)}`, cause);
    }
  }

  /** RFC 7235, and the token protocol of the distribution project. */
  async function answerChallenge(challenge: string): Promise<string> {
    const found = await credentials();
    const basic = found === undefined ? undefined : `Basic ${base64(`${found.user}:${found.password}`)}`;
    const [, scheme = "", rest = ""] = /^\s*(\w+)\s*(.*)$/s.exec(challenge) ?? [];
    if (scheme.toLowerCase() === "basic" && basic !== undefined) return basic;
    if (scheme.toLowerCase() !== "bearer") throw unauthorised(origin, found !== undefined);
    const parameters = challengeParameters(rest);
    const realm = parameters.get("realm");
    if (realm === undefined || !URL.canParse(realm)) throw failed(origin, "asks for a token and does not say where");
    const url = new URL(realm);
    for (const name of ["service", "scope"]) {
      const value = parameters.get(name);
      if (value !== undefined) url.searchParams.set(name, value);
    }
    requireSafe(url);
    const headers = basic === undefined ? {} : { authorization: basic };
    const { status, body } = await once({ method: "GET", url, headers, maxBytes: MAX_TOKEN_BYTES });
    if (status !== 200) throw unauthorised(origin, found !== undefined);
    return `Bearer ${tokenOf(body, url)}`;
  }

  /** Plain HTTP is for a registry on this machine; and what is not, does not send anybody to this machine. */
  function requireSafe(url: URL): void {
    if (url.protocol === "https:") return;
    if (url.protocol === "http:" && origin.protocol === "http:" && isLoopback(url)) return;
    throw failed(origin, `leads to ${url.origin}, which is not encrypted`);
  }

  return { send };
}

/** An address that a registry gave, which may be relative. */
export function resolveLocation(location: string, base: URL): URL {
  if (!URL.canParse(location, base)) throw failed(base, "names a place that is not an address");
  return new URL(location, base);
}

/** The error for something that a registry did. */
export function failed(url: URL, what: string, cause?: unknown): GateError {
  return new GateError("registry-failed", `${url.origin}${url.pathname} ${what}`, { cause });
}

/** The error for a registry that does not let this user in. */
export function unauthorised(url: URL, withCredentials: boolean): GateError {
  const what = withCredentials ? "refuses the credentials" : "asks for credentials, and there are none";
  return new GateError("registry-failed", `${url.host} ${what}`, { hint: `Run \`docker login ${url.host}\`.` });
}

/** `key="value"` pairs of a challenge; values may hold commas. */
function challengeParameters(text: string): ReadonlyMap<string, string> {
  const pairs = text.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g);
  return new Map([...pairs].map(([, name = "", quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? ""]));
}

function tokenOf(body: Uint8Array, url: URL): string {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(body));
  } catch {
    answer = undefined;
  }
  const token = isRecord(answer) ? (answer["token"] ?? answer["access_token"]) : undefined;
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) throw failed(url, "gives no token");
  return token;
}

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
