import { createHash } from "node:crypto";
import type { Clock } from "../../../util/clock.ts";
import { checkpointText } from "../../receipt.ts";
import type { TreeHead } from "../../store.ts";
import { type Anchor, type AnchoredLog, anchorFailed } from "../anchor.ts";
import { ask, refusedBy } from "../http.ts";
import type { Certificate } from "./certificate.ts";
import { TokenError } from "./der.ts";
import { isTrustedStamp, MAX_TOKEN_BYTES, nonceValue, readToken, timeStampRequest, tokenOfResponse } from "./token.ts";

export interface TimeStampOptions {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** Certificates that a time stamp has to lead to; without them nobody looks at whose it is before it is verified. */
  readonly authorities?: readonly Certificate[];
  /** For one request, in milliseconds. */
  readonly timeoutMs?: number;
}

const NONCE_BYTES = 8;
/** A time stamp is of now. How far the two clocks may be apart, in milliseconds. */
const CLOCK_SKEW_MS = 300_000;

/** What is stamped of a tree: the text of its checkpoint, which the log itself gives again at any time. */
export function imprintOf(head: TreeHead): Buffer {
  return createHash("sha256").update(checkpointText(head)).digest();
}

/** A time-stamping authority (RFC 3161). It remembers nothing; its token is kept beside the log. */
export function timeStampAnchor(url: URL, options: TimeStampOptions): Anchor {
  const name = `tsa:${url.href}`;
  return {
    name,
    async publish({ head }, log) {
      const imprint = imprintOf(head);
      if (await isKept(log, head.size, url, imprint)) return { status: "present", size: head.size };
      const nonce = Buffer.from(options.random(NONCE_BYTES));
      const { timeoutMs } = options;
      const answer = await ask({
        name,
        url,
        headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
        body: Uint8Array.from(timeStampRequest(imprint, nonce)),
        maxBytes: MAX_TOKEN_BYTES,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      if (answer.status !== 200) throw refusedBy(name, answer);
      const material = goodToken(Buffer.from(answer.body), imprint, nonceValue(nonce), name, options);
      const voucher = { size: head.size, kind: "timestamp", name: url.href, material } as const;
      return { status: "added", size: head.size, voucher };
    },
  };
}

async function isKept(log: AnchoredLog, size: number, url: URL, imprint: Buffer): Promise<boolean> {
  for await (const voucher of log.vouchers("timestamp")) {
    if (voucher.size < size) return false;
    if (voucher.size === size && voucher.name === url.href) return isOf(Buffer.from(voucher.material), imprint);
  }
  return false;
}

function isOf(token: Buffer, imprint: Buffer): boolean {
  try {
    return readToken(token).imprint.equals(imprint);
  } catch (error) {
    if (error instanceof TokenError) return false;
    throw error;
  }
}

function goodToken(
  response: Buffer,
  imprint: Buffer,
  nonce: Buffer,
  name: string,
  { clock, authorities }: TimeStampOptions,
): Buffer {
  try {
    const token = tokenOfResponse(response);
    const stamp = readToken(token);
    if (!stamp.imprint.equals(imprint)) throw new TokenError("it is of something else");
    if (stamp.nonce?.equals(nonce) !== true) throw new TokenError("it is not for this request");
    if (Math.abs(stamp.time.getTime() - clock.now().getTime()) > CLOCK_SKEW_MS) {
      throw new TokenError(`it is of ${stamp.time.toISOString()}, and the clock here says otherwise`);
    }
    if (authorities !== undefined && !isTrustedStamp(stamp, authorities)) {
      throw new TokenError("it does not lead to the certificates that were given");
    }
    return token;
  } catch (error) {
    if (error instanceof TokenError) throw anchorFailed(name, `gave no time stamp that counts: ${error.message}`);
    throw error;
  }
}
