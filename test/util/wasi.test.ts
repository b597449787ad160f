import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createWasi, WasiExit } from "../../src/util/wasi.ts";

const DIST = join(import.meta.dirname, "..", "..", "dist", "toolchain");
const EBADF = 8;
const ENOENT = 44;

interface Host {
  readonly memory: WebAssembly.Memory;
  readonly written: string[];
  readonly call: (name: string, ...args: readonly (number | bigint)[]) => unknown;
}

function createHost(): Host {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const written: string[] = [];
  const wasi: Record<string, unknown> = createWasi({
    memory: () => memory,
    write: (bytes) => written.push(new TextDecoder().decode(bytes)),
    realtime: () => 1_700_000_000_000_000_000n,
    monotonic: () => 42n,
  });
  return {
    memory,
    written,
    call: (name, ...args) => {
      const imported = wasi[name];
      return typeof imported === "function" ? imported(...args) : undefined;
    },
  };
}

function importsOf(file: string): readonly WebAssembly.ModuleImportDescriptor[] {
  return WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(join(DIST, file))));
}

describe("the imports of the toolchain, of the linter and of the parsers", () => {
  const toolchain = importsOf("toolchain.wasm");
  const imports = [...toolchain, ...importsOf("lint.wasm"), ...importsOf("parsers.wasm")];

  it("are functions of WASI preview 1 only", () => {
    expect(new Set(imports.map(({ module, kind }) => `${module} ${kind}`))).toEqual(
      new Set(["wasi_snapshot_preview1 function"]),
    );
  });

  it("are exactly those that the shim has", () => {
    const { memory } = createHost();
    const shim = createWasi({ memory: () => memory, write: () => {}, realtime: () => 0n, monotonic: () => 0n });
    expect(Object.keys(shim).toSorted()).toEqual([...new Set(imports.map(({ name }) => name))].toSorted());
  });

  it("have no sockets that could be opened", () => {
    expect(toolchain.filter(({ name }) => name.startsWith("sock_"))).toEqual([]);
    const { call } = createHost();
    for (const { name } of imports.filter((one) => one.name.startsWith("sock_")))
      expect(call(name, 3), name).toBe(EBADF);
  });
});

describe("the shim has no files", () => {
  const operations: readonly { readonly name: string; readonly args: readonly (number | bigint)[] }[] = [
    { name: "path_open", args: [3, 0, 0, 10, 0, 0n, 0n, 0, 0] },
    { name: "path_readlink", args: [3, 0, 10, 0, 10, 0] },
    { name: "fd_prestat_get", args: [3, 0] },
    { name: "fd_prestat_dir_name", args: [3, 0, 10] },
    { name: "fd_read", args: [0, 0, 1, 0] },
    { name: "fd_readdir", args: [3, 0, 10, 0n, 0] },
    { name: "fd_seek", args: [3, 0n, 0, 0] },
    { name: "fd_close", args: [3] },
    { name: "fd_fdstat_get", args: [0, 0] },
    { name: "fd_fdstat_set_flags", args: [0, 0] },
    { name: "fd_filestat_get", args: [0, 0] },
    { name: "fd_write", args: [3, 0, 1, 0] },
  ];
  it.each(operations)("$name answers EBADF", ({ name, args }) => {
    expect(createHost().call(name, ...args)).toBe(EBADF);
  });

  it("says of every path that nothing is there", () => {
    expect(createHost().call("path_filestat_get", -1, 0, 0, 10, 0)).toBe(ENOENT);
  });
});

describe("the shim", () => {
  it.each([{ name: "args_sizes_get" }, { name: "environ_sizes_get" }])("$name says that there are none", ({ name }) => {
    const { memory, call } = createHost();
    new Uint8Array(memory.buffer).fill(0xff, 0, 8);
    expect(call(name, 0, 4)).toBe(0);
    expect([...new Uint32Array(memory.buffer, 0, 2)]).toEqual([0, 0]);
  });

  it("writes both outputs to the place for messages", () => {
    const { memory, written, call } = createHost();
    new Uint8Array(memory.buffer).set(new TextEncoder().encode("onetwo"), 64);
    new Uint32Array(memory.buffer, 0, 4).set([64, 3, 67, 3]);
    expect([call("fd_write", 1, 0, 2, 32), call("fd_write", 2, 8, 1, 32)]).toEqual([0, 0]);
    expect(written).toEqual(["one", "two", "two"]);
    expect(new Uint32Array(memory.buffer, 32, 1)[0]).toBe(3);
  });

  it("tells the times it is given", () => {
    const { memory, call } = createHost();
    call("clock_time_get", 0, 1n, 0);
    call("clock_time_get", 1, 1n, 8);
    expect([...new BigUint64Array(memory.buffer, 0, 2)]).toEqual([1_700_000_000_000_000_000n, 42n]);
  });

  it("fills only what is asked for with random bytes", () => {
    const { memory, call } = createHost();
    expect(call("random_get", 0, 32)).toBe(0);
    const bytes = new Uint8Array(memory.buffer, 0, 64);
    expect(bytes.subarray(0, 32).some((byte) => byte !== 0)).toBe(true);
    expect(bytes.subarray(32).every((byte) => byte === 0)).toBe(true);
  });

  it("ends the module by an exception", () => {
    expect(() => createHost().call("proc_exit", 3)).toThrow(new WasiExit(3));
  });

  it("waits for the earliest clock", () => {
    const { memory, call } = createHost();
    const view = new DataView(memory.buffer);
    for (const [index, [userdata, timeout]] of [
      [7n, 60_000_000_000n],
      [8n, 5_000_000n],
    ].entries()) {
      view.setBigUint64(index * 48, userdata ?? 0n, true);
      view.setBigUint64(index * 48 + 24, timeout ?? 0n, true);
    }
    const started = performance.now();
    expect(call("poll_oneoff", 0, 256, 2, 512)).toBe(0);
    expect(performance.now() - started).toBeGreaterThanOrEqual(4);
    expect([view.getUint32(512, true), view.getBigUint64(256, true)]).toEqual([1, 8n]);
  });

  it("cannot wait for a file", () => {
    const { memory, call } = createHost();
    new DataView(memory.buffer).setUint8(8, 1);
    expect(call("poll_oneoff", 0, 256, 1, 512)).not.toBe(0);
  });
});
