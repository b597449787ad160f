import type { KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fromDigest, verifyConsistency } from "../../../src/audit/log.ts";
import {
  cosignNote,
  formatNote,
  NoteError,
  type NoteKey,
  noteKey,
  readNote,
  signersOfNote,
} from "../../../src/audit/note.ts";
import { readCheckpointText } from "../../../src/audit/receipt.ts";
import type { TreeHead } from "../../../src/audit/store.ts";

/** What a server answers. */
export interface Reply {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestServer extends AsyncDisposable {
  readonly url: URL;
  /** The bodies that came. */
  readonly requests: readonly Buffer[];
}

/** A server on this machine that answers each body. */
export async function serve(
  answer: (body: Buffer, request: IncomingMessage) => Reply | undefined,
): Promise<TestServer> {
  const requests: Buffer[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      requests.push(body);
      const reply = answer(body, request);
      // Without a reply the caller waits, as long as it likes.
      if (reply !== undefined) send(response, reply);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server on a port has no other address
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, headers);
  response.end(body);
}

const OLD = /^old (0|[1-9][0-9]*)$/;
const MOST_PROOF = 63;

/**
 * A witness as https://c2sp.org/tlog-witness describes it, strict about everything that the client sends. It checks and
 * remembers in one step: nothing else happens in between.
 */
export interface Witness {
  readonly key: NoteKey;
  answer(body: Buffer): Reply;
  /** What it has seen last of a log. */
  seen(origin: string): TreeHead | undefined;
}

export function createWitness(name: string, key: KeyObject, logs: readonly NoteKey[], time: number): Witness {
  const heads = new Map<string, TreeHead>();

  function add(text: string): Reply {
    const end = text.indexOf("\n\n");
    const [oldLine = "", ...proofLines] = text.slice(0, end).split("\n");
    const old = Number(OLD.exec(oldLine)?.[1] ?? Number.NaN);
    const proof = proofLines.map((line) => Buffer.from(line, "base64"));
    const isProof = proof.every((hash, at) => hash.length === 32 && hash.toString("base64") === proofLines[at]);
    if (end < 0 || Number.isNaN(old) || !isProof || proof.length > MOST_PROOF) return { status: 400, body: "" };
    const note = readNote(text.slice(end + 2));
    const head = readCheckpointText(note.text);
    const log = logs.find((known) => known.name === head.origin);
    if (log === undefined) return { status: 404, body: "unknown log\n" };
    if (!isSigned(note, log)) return { status: 403, body: "" };
    if (old > head.size) return { status: 400, body: "" };
    const seen = heads.get(head.origin);
    const size = seen?.size ?? 0;
    if (old !== size || (seen?.size === head.size && seen.root !== head.root)) {
      return { status: 409, body: `${size}\n`, headers: { "content-type": "text/x.tlog.size" } };
    }
    if (!isContinued(seen, head, proof)) return { status: 422, body: "bad proof\n" };
    heads.set(head.origin, head);
    const cosigned = formatNote({ text: note.text, signatures: [cosignNote(note.text, name, key, time)] });
    return { status: 200, body: cosigned.slice(note.text.length + 1) };
  }

  return {
    key: noteKey(name, "witness", key),
    answer(body) {
      try {
        return add(body.toString("utf8"));
      } catch (error) {
        if (error instanceof NoteError) return { status: 400, body: `${error.message}\n` };
        throw error;
      }
    },
    seen: (origin) => heads.get(origin),
  };
}

function isSigned(note: ReturnType<typeof readNote>, log: NoteKey): boolean {
  try {
    return signersOfNote(note, [log]).length > 0;
  } catch {
    return false;
  }
}

function isContinued(seen: TreeHead | undefined, head: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (seen === undefined) return proof.length === 0;
  return verifyConsistency({
    first: seen.size,
    second: head.size,
    firstRoot: fromDigest(seen.root),
    secondRoot: fromDigest(head.root),
    proof,
  });
}
