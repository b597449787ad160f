/** The thread that takes a first look at stretches of a file of its own, each when it is asked to. */
import { parentPort, workerData } from "node:worker_threads";
import { openForVerification } from "./open.ts";
import { blobRows } from "./rows.ts";
import { createScreen } from "./screen.ts";

const file: unknown = workerData;
const database = openForVerification(String(file));
const screen = createScreen(database, blobRows(database));

parentPort?.on("message", (start: number) => {
  const screened = screen(start);
  const { sound, leafHashes, recordedMs, rows } = screened;
  const buffers = [sound, leafHashes, recordedMs, rows].map(({ buffer }) => buffer);
  parentPort?.postMessage(
    screened,
    buffers.filter((buffer) => buffer instanceof ArrayBuffer),
  );
});
