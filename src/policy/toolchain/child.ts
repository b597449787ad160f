/**
 * The disposable process that runs the toolchain: `node --liftoff-only child.js toolchain.wasm`.
 *
 * It reads requests from its standard input and writes one answer to its standard output for each, both framed as
 * in protocol.ts. Anything unexpected ends it with a message on its standard error: after a panic, a stack overflow or
 * an exit the module's memory cannot be trusted.
 */
import { readFileSync, writeSync } from "node:fs";
import { argv, exit, hrtime, stdin, stdout } from "node:process";
import { instantiate } from "../../util/reactor.ts";
import { createFrameReader, frame } from "./protocol.ts";

const STDERR = 2;
const CRASHED = 70;

function main(): void {
  const [, , wasm] = argv;
  if (wasm === undefined) throw new Error("usage: child <toolchain.wasm>");
  const handle = instantiate(new WebAssembly.Module(readFileSync(wasm)), {
    write: (bytes) => writeSync(STDERR, bytes),
    realtime: () => BigInt(Date.now()) * 1_000_000n,
    monotonic: () => hrtime.bigint(),
  });
  const reader = createFrameReader();
  stdin.on("data", (chunk: Buffer) => {
    try {
      for (const request of reader.push(chunk)) stdout.write(frame(handle(request)));
    } catch (thrown) {
      crash(thrown);
    }
  });
}

function crash(thrown: unknown): void {
  writeSync(STDERR, `${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
  exit(CRASHED);
}

try {
  main();
} catch (thrown) {
  crash(thrown);
}
