import { parseJsonDocument } from "../../ingest/json.ts";
import { isObject, textOf } from "../../ingest/values.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../util/limits.ts";
import { isLoopback } from "../../util/loopback.ts";
import { readBounded } from "../../util/response.ts";

/** Asks the REST API of one forge, and nothing else. Every failure is a {@link GateError} `forge-failed`. */
export interface ForgeApi {
  /** One answer. @param path below the base, with its query */
  get(path: string): Promise<unknown>;
  /** One answer, or the body of an answer with this status and message, which says something as well. */
  getOr(path: string, accepted: { readonly status: number; readonly message: string }): Promise<unknown>;
  /** The pages of a list, to the last one. @param isEnough says of a page that those after it are not wanted */
  pages(path: string, isEnough?: (page: unknown) => boolean): Promise<readonly unknown[]>;
}

export interface ForgeApiOptions {
  /** Such as `https://api.github.com`. The token goes to its origin alone. */
  readonly base: URL;
  /** The header that carries the token, such as `authorization`. */
  readonly header: readonly [name: string, value: string];
  /** What must be in no message and in no file. */
  readonly token: string;
  /** What the forge wants to be told, such as the version of its API. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the user can do where the forge refuses. */
  readonly hint: string;
  /** For one request with its answer, in milliseconds; default 30000. */
  readonly timeoutMs?: number;
  /** Of one answer; default 32 MiB. */
  readonly maxBytes?: number;
  /** Of one list; default 100. */
  readonly maxPages?: number;
  /** Of one run; default 2000. */
  readonly maxRequests?: number;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_MESSAGE = 200;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly url: URL;
  readonly body: unknown;
}

/**
 * Where an API is asked.
 *
 * @throws {GateError} `usage` for an address without encryption that is not on this machine, or with more than a path
 */
export function apiBase(text: string, origin: string): URL {
  const wrong = (why: string) =>
    new GateError("usage", `${origin} ${why}`, { hint: "Write it such as https://github.example.com/api/v3." });
  if (!URL.canParse(text)) throw wrong("is no address");
  const base = new URL(text);
  // An address with a password in it would be printed.
  if (base.username !== "" || base.password !== "") throw wrong("holds a user or a password");
  if (base.search !== "" || base.hash !== "") throw wrong("holds more than a path");
  if (base.protocol !== "https:" && !(base.protocol === "http:" && isLoopback(base))) {
    throw wrong(`is ${base.protocol}//, and a token is only sent over https://`);
  }
  base.pathname = base.pathname.replace(/\/*$/, "/");
  return base;
}

/** Speaks with one forge: follows pages and redirects within its API, and bounds everything that comes back. */
export function createForgeApi(options: ForgeApiOptions): ForgeApi {
  const { base, maxPages = 100, maxRequests = 2_000 } = options;
  let requests = 0;

  async function ask(url: URL): Promise<Answer> {
    let at = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      requireInside(at, base, url);
      if (++requests > maxRequests) throw tooMuch(url, `takes more than ${maxRequests} requests`);
      const { response, text } = await once(at, options);
      const location = response.headers.get("location");
      if (!REDIRECTS.has(response.status)) return readAnswer(response, text, at, options);
      if (location === null || !URL.canParse(location, at)) throw failed(at, "redirects to no address");
      at = new URL(location, at);
    }
    throw failed(url, `redirects more than ${MAX_REDIRECTS} times`);
  }

  async function good(url: URL): Promise<Answer> {
    const answer = await ask(url);
    if (answer.status !== 200) throw refused(answer, options);
    return answer;
  }

  const resolve = (path: string) => new URL(path, base);
  return {
    async get(path) {
      return (await good(resolve(path))).body;
    },
    async getOr(path, { status, message }) {
      const answer = await ask(resolve(path));
      const isAccepted = answer.status === status && isObject(answer.body) && answer.body["message"] === message;
      if (answer.status !== 200 && !isAccepted) throw refused(answer, options);
      return answer.body;
    },
    async pages(path, isEnough = () => false) {
      const pages: unknown[] = [];
      const seen = new Set<string>();
      for (let next: URL | undefined = resolve(path); next !== undefined; ) {
        if (seen.has(next.href)) throw failed(next, "is named as the page after itself");
        seen.add(next.href);
        if (seen.size > maxPages) throw tooMuch(next, `is a list of more than ${maxPages} pages`);
        const answer: Answer = await good(next);
        pages.push(answer.body);
        next = isEnough(answer.body) ? undefined : nextPage(answer);
      }
      return pages;
    },
  };
}

/** The token goes nowhere else, whatever an answer says. */
function requireInside(url: URL, base: URL, asked: URL): void {
  if (url.origin === base.origin && url.pathname.startsWith(base.pathname) && url.username === "") return;
  throw failed(asked, `leads to ${url.origin}${url.pathname}, which is outside of ${base.href}, and is not followed`);
}

async function once(url: URL, options: ForgeApiOptions): Promise<{ response: Response; text: Uint8Array }> {
  const { header, headers, timeoutMs = 30_000, maxBytes = 32 << 20 } = options;
  try {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { ...headers, [header[0]]: header[1], "user-agent": "gate", "accept-encoding": "identity" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      response,
      text: await readBounded(response, maxBytes, () => tooMuch(url, `answers with more than ${maxBytes} bytes`)),
    };
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    const late = cause instanceof Error && cause.name === "TimeoutError";
    const why = late ? `took more than ${timeoutMs} ms` : `gave no whole answer: ${reasonOf(cause)}`;
    // Without the cause: nobody knows what the runtime puts into it.
    throw failed(url, withoutToken(why, options.token));
  }
}

function readAnswer(response: Response, bytes: Uint8Array, url: URL, { token }: ForgeApiOptions): Answer {
  const { status, headers } = response;
  if (Buffer.from(bytes).includes(token)) throw failed(url, "answers with the token in it, which is not kept");
  try {
    return { status, headers, url, body: parseJsonDocument(bytes, DEFAULT_LIMITS) };
  } catch (cause) {
    // A page for people, such as that of a proxy, is as good as no body where the status says enough.
    if (status !== 200) return { status, headers, url, body: undefined };
    const type = headers.get("content-type")?.split(";")[0] ?? "something";
    throw failed(url, `answers with ${type.slice(0, 80)} that is no JSON: ${messageOf(cause)}`);
  }
}

/**
 * https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api (RFC 8288) and
 * https://docs.gitlab.com/api/rest/#pagination, which leaves the number of the next page empty on the last one.
 */
function nextPage({ headers, url }: Answer): URL | undefined {
  for (const link of (headers.get("link") ?? "").matchAll(/<([^<>]*)>((?:\s*;\s*[^,;]*)*)/g)) {
    const [, target = "", parameters = ""] = link;
    if (!/;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?\s*(?:;|$)/i.test(parameters)) continue;
    if (!URL.canParse(target, url)) throw failed(url, "names a next page that is no address");
    return new URL(target, url);
  }
  const number = headers.get("x-next-page")?.trim() ?? "";
  if (number === "") return undefined;
  if (!/^\d{1,9}$/.test(number)) throw failed(url, "names a next page that is no number");
  const next = new URL(url);
  next.searchParams.set("page", number);
  return next;
}

function refused({ status, headers, url, body }: Answer, { token, hint }: ForgeApiOptions): GateError {
  const wait = waitOf(status, headers);
  if (wait !== undefined) {
    return failed(url, `answers ${status}: the rate limit of the token is used up`, `Try again ${wait}.`);
  }
  const text = isObject(body) ? (textOf(body["message"]) ?? textOf(body["error"])) : undefined;
  const said = text === undefined ? "" : `: ${withoutToken(text, token).slice(0, MAX_MESSAGE)}`;
  return failed(url, `answers ${status}${said}`, status >= 500 ? "Try again later." : hint);
}

/** When a limit of the forge ends, in words; undefined where the answer is about something else. */
function waitOf(status: number, headers: Headers): string | undefined {
  const after = headers.get("retry-after") ?? "";
  const isUsedUp = (headers.get("x-ratelimit-remaining") ?? headers.get("ratelimit-remaining")) === "0";
  if (status !== 429 && !(status === 403 && (after !== "" || isUsedUp))) return undefined;
  if (/^\d{1,6}$/.test(after)) return `in ${after} seconds`;
  const reset = headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset") ?? "";
  return /^\d{9,11}$/.test(reset) ? `after ${new Date(Number(reset) * 1000).toISOString()}` : "later";
}

function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, "***");
}

/** The address without its query, which is ours and says nothing. */
function failed(url: URL, what: string, hint?: string): GateError {
  return new GateError("forge-failed", `${url.origin}${url.pathname} ${what}`, hint === undefined ? {} : { hint });
}

function tooMuch(url: URL, what: string): GateError {
  return failed(url, what, "Ask for less: one environment, or a later --since.");
}

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);
}
