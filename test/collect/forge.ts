import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { fixedClock } from "../../src/util/clock.ts";
import { installation } from "../support.ts";

export const TOKEN = "token-of-the-test-0123456789";

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is JSON. */
  readonly body?: unknown;
  /** In the place of all of it. */
  readonly raw?: (response: ServerResponse) => void;
}

/** What a path with its query answers; undefined is 404. */
export type Answers = (path: string, request: IncomingMessage) => Answer | undefined;

export interface TestForge {
  readonly url: string;
  /** What was asked for, in order. */
  readonly asked: string[];
  /** The headers of each request. */
  readonly headers: IncomingMessage["headers"][];
}

/** A server on this machine that is gone when the test is over. */
export async function testForge(answers: Answers): Promise<TestForge> {
  const forge: TestForge = { url: "", asked: [], headers: [] };
  const server: Server = createServer((request, response) => {
    const path = request.url ?? "";
    forge.asked.push(path);
    forge.headers.push(request.headers);
    const answer = answers(path, request) ?? { status: 404, body: { message: "Not Found" } };
    if (answer.raw !== undefined) return answer.raw(response);
    const isText = typeof answer.body === "string";
    const text = isText ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status ?? 200, {
      "content-type": isText ? "text/html" : "application/json",
      ...answer.headers,
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { ...forge, url: `http://127.0.0.1:${port}` };
}

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of the program in this process. */
export async function run(
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  stdin = "",
): Promise<Run> {
  let [code, out, err] = [0, "", ""];
  await runProgram(args, {
    cwd,
    variables,
    clock: fixedClock("2026-01-01T00:00:00Z"),
    random: (bytes) => new Uint8Array(bytes),
    installation,
    cacheFolder: undefined,
    color: false,
    stdin: async () => Buffer.from(stdin),
    interruption: () => new AbortController().signal,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    exit: (value) => {
      code = value;
    },
  });
  return { code, out, err };
}
