import { createWasi, type WasiHost } from "./wasi.ts";

/** Handles one request: JSON in, JSON out. */
export type Handler = (request: Uint8Array) => Uint8Array;

/** Starts the toolchain in this thread. A throw means that the instance is to be thrown away. */
export function instantiate(module: WebAssembly.Module, host: Omit<WasiHost, "memory">): Handler {
  const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: createWasi({ ...host, memory: () => memory }),
  });
  const memory = exportedMemory(instance);
  const alloc = exportedFunction(instance, "rt_alloc");
  const call = exportedFunction(instance, "rt_call");
  exportedFunction(instance, "_initialize")();

  return (request) => {
    const at = Number(alloc(request.length)) >>> 0;
    new Uint8Array(memory.buffer, at, request.length).set(request);
    const packed = BigInt.asUintN(64, BigInt(call(request.length)));
    // The memory may have grown, which detaches the buffer: it is asked for again.
    return new Uint8Array(memory.buffer, Number(packed >> 32n), Number(packed & 0xffff_ffffn)).slice();
  };
}

function exportedMemory(instance: WebAssembly.Instance): WebAssembly.Memory {
  const { memory } = instance.exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error("the toolchain module exports no memory");
  return memory;
}

function exportedFunction(instance: WebAssembly.Instance, name: string): (...args: number[]) => number | bigint {
  const exported = instance.exports[name];
  if (typeof exported !== "function") throw new Error(`the toolchain module exports no function ${name}`);
  return (...args) => exported(...args);
}
