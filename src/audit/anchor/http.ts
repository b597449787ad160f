import { GateError, messageOf } from "../../util/errors.ts";
import { readBounded } from "../../util/response.ts";
import { anchorFailed } from "./anchor.ts";

/** One request to a service that vouches for checkpoints. Its answer is believed nothing that is not signed. */
export interface ServiceRequest {
  /** Of the anchor, for messages. */
  readonly name: string;
  readonly url: URL;
  readonly method?: "GET" | "POST" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** For the request with its answer, in milliseconds; default 30000. */
  readonly timeoutMs?: number;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const TIMEOUT_MS = 30_000;
const MAX_SAID = 200;

/**
 * Sends a request. A redirect is an answer like any other and never followed.
 *
 * @throws {GateError} `anchor-failed` where no whole answer comes
 */
export async function ask(request: ServiceRequest): Promise<ServiceAnswer> {
  const { name, url, method = "POST", headers, body, maxBytes, timeoutMs = TIMEOUT_MS } = request;
  try {
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      headers: { ...headers, "user-agent": "gate", "accept-encoding": "identity" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const tooMuch = (): GateError => anchorFailed(name, `answers with more than ${maxBytes} bytes`);
    const { status, headers: answered } = response;
    return { status, headers: answered, body: await readBounded(response, maxBytes, tooMuch) };
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    const late = cause instanceof Error && cause.name === "TimeoutError";
    // Without the cause: nobody knows what the runtime puts into it.
    throw anchorFailed(name, late ? `took more than ${timeoutMs} ms` : `gave no whole answer: ${reasonOf(cause)}`);
  }
}

/** The error for an answer that is no help, with the first of what it says. */
export function refusedBy(name: string, { status, body }: ServiceAnswer): GateError {
  const said = Buffer.from(body).toString("utf8").replaceAll(/\s+/g, " ").trim().slice(0, MAX_SAID);
  return anchorFailed(name, `answers ${status}${said === "" ? "" : `: ${said}`}`);
}

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);
}
