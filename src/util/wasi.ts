import { randomFillSync } from "node:crypto";

/** What the module may reach outside of itself: a memory, a place for messages and two clocks. */
export interface WasiHost {
  /** The module's memory; asked for at each call, because it exists only after instantiation and may grow. */
  memory(): WebAssembly.Memory;
  /** Takes what the module writes to its standard output and error. */
  write(bytes: Uint8Array): void;
  /** Nanoseconds since 1970. */
  realtime(): bigint;
  /** Nanoseconds since some point in the past. */
  monotonic(): bigint;
}

/** Thrown by `proc_exit`: the module ended itself, so its instance cannot be used again. */
export class WasiExit extends Error {
  override readonly name = "WasiExit";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the module ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Errors of WASI preview 1. */
const SUCCESS = 0;
const EBADF = 8;
const EINVAL = 28;
const ENOENT = 44;
const ENOTSUP = 58;

const CLOCK_REALTIME = 0;
const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const EVENT_CLOCK = 0;
const ABSOLUTE_TIME = 1;

/**
 * The part of WASI preview 1 that a Go reactor imports, without a file system and without a network.
 *
 * There are no arguments, no environment, no preopened directories and no files but the two outputs, so each
 * operation on a file or a path answers EBADF. `node:wasi` is not used: it is experimental, warns about that on
 * the standard error, and does more than this module may.
 */
export function createWasi(host: WasiHost): Record<string, (...args: never[]) => number> {
  const view = (): DataView => new DataView(host.memory().buffer);
  const bytes = (at: number, length: number): Uint8Array =>
    new Uint8Array(host.memory().buffer, at >>> 0, length >>> 0);

  function writeEmptyList(countAt: number, sizeAt: number): number {
    view().setUint32(countAt >>> 0, 0, true);
    view().setUint32(sizeAt >>> 0, 0, true);
    return SUCCESS;
  }

  function clock(id: number): bigint {
    return id === CLOCK_REALTIME ? host.realtime() : host.monotonic();
  }

  return {
    args_get: () => SUCCESS,
    args_sizes_get: writeEmptyList,
    environ_get: () => SUCCESS,
    environ_sizes_get: writeEmptyList,

    clock_time_get(id: number, _precision: bigint, resultAt: number): number {
      view().setBigUint64(resultAt >>> 0, clock(id), true);
      return SUCCESS;
    },

    random_get(at: number, length: number): number {
      randomFillSync(bytes(at, length));
      return SUCCESS;
    },

    sched_yield: () => SUCCESS,

    proc_exit(code: number): number {
      throw new WasiExit(code);
    },

    fd_write(fd: number, vectorsAt: number, count: number, writtenAt: number): number {
      if (fd !== 1 && fd !== 2) return EBADF;
      let written = 0;
      for (let index = 0; index < count; index += 1) {
        const vector = (vectorsAt >>> 0) + index * 8;
        const length = view().getUint32(vector + 4, true);
        host.write(bytes(view().getUint32(vector, true), length).slice());
        written += length;
      }
      view().setUint32(writtenAt >>> 0, written, true);
      return SUCCESS;
    },

    // Go waits for its timers here when no goroutine can run. Only clocks can be waited for.
    poll_oneoff(subscriptionsAt: number, eventsAt: number, count: number, countAt: number): number {
      if (count === 0) return EINVAL;
      const waits: { readonly userdata: bigint; readonly nanoseconds: bigint }[] = [];
      for (let index = 0; index < count; index += 1) {
        const at = (subscriptionsAt >>> 0) + index * SUBSCRIPTION_BYTES;
        if (view().getUint8(at + 8) !== EVENT_CLOCK) return ENOTSUP;
        const timeout = view().getBigUint64(at + 24, true);
        const absolute = (view().getUint16(at + 40, true) & ABSOLUTE_TIME) !== 0;
        waits.push({
          userdata: view().getBigUint64(at, true),
          nanoseconds: absolute ? timeout - clock(view().getUint32(at + 16, true)) : timeout,
        });
      }
      const shortest = waits.reduce((least, wait) => (wait.nanoseconds < least.nanoseconds ? wait : least));
      sleep(shortest.nanoseconds);
      const event = eventsAt >>> 0;
      bytes(event, EVENT_BYTES).fill(0);
      view().setBigUint64(event, shortest.userdata, true);
      view().setUint8(event + 10, EVENT_CLOCK);
      view().setUint32(countAt >>> 0, 1, true);
      return SUCCESS;
    },

    fd_close: badFile,
    fd_fdstat_get: badFile,
    fd_fdstat_set_flags: badFile,
    fd_filestat_get: badFile,
    fd_filestat_set_size: badFile,
    fd_pread: badFile,
    fd_prestat_dir_name: badFile,
    fd_prestat_get: badFile,
    fd_pwrite: badFile,
    fd_read: badFile,
    fd_readdir: badFile,
    fd_seek: badFile,
    fd_sync: badFile,
    // OPA takes a signing key for a path first, and for the key itself where there is no such file.
    path_filestat_get: () => ENOENT,
    path_open: badFile,
    path_readlink: badFile,
    path_remove_directory: badFile,
    path_unlink_file: badFile,
    // The linter holds Go's network library; a socket would have to be given to it, and none is.
    sock_accept: badFile,
    sock_shutdown: badFile,
  };
}

function badFile(): number {
  return EBADF;
}

/** Blocks the thread, which is what a wait in WebAssembly means. */
function sleep(nanoseconds: bigint): void {
  if (nanoseconds <= 0n) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(nanoseconds) / 1e6);
}
