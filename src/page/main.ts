import { parseCheckpointLine } from "../audit/checkpoint.ts";
import { NoteError, type NoteKey, readVerifierKey } from "../audit/note.ts";
import { type PackOptions, verifyPack } from "../audit/pack/verify.ts";
import { PACK_LIMITS } from "../audit/pack/zip.ts";
import type { TreeHead } from "../audit/store.ts";
import { PACK_PAGES } from "../report/render/pack.ts";
import { messageOf } from "../util/errors.ts";
import { BROWSER } from "./inflate.ts";
import { reportElements } from "./view.ts";

/** The version of gate that the page was built with; the build puts it here. */
declare const GATE_VERSION: string;

/** After so many entries the browser may draw and the user may scroll. */
const PAUSE = 50;

const form = byId("given", HTMLFormElement);
const keyField = byId("key", HTMLInputElement);
const checkpointField = byId("checkpoint", HTMLInputElement);
const packField = byId("pack", HTMLInputElement);
const drop = byId("drop", HTMLElement);
const progress = byId("progress", HTMLElement);
const result = byId("result", HTMLElement);

/** Counts the runs: only the last one may show its result. */
let runs = 0;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
packField.addEventListener("change", run);
keyField.addEventListener("change", run);
checkpointField.addEventListener("change", run);
for (const name of ["dragenter", "dragover"] as const) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const files = event.dataTransfer?.files;
  if (files === undefined || files.length === 0) return;
  packField.files = files;
  run();
});

function run(): void {
  runs += 1;
  const number = runs;
  result.replaceChildren();
  progress.textContent = "";
  const key = logKey();
  const expect = checkpoint();
  const file = packField.files?.item(0);
  if (key === null || expect === null || file === null || file === undefined) return;
  verify(file, number, {
    ...(key === undefined ? {} : { logKey: key }),
    ...(expect === undefined ? {} : { expect }),
  }).catch((error: unknown) => {
    if (number === runs) progress.textContent = `CANNOT TELL: the pack could not be verified: ${messageOf(error)}`;
  });
}

async function verify(file: File, number: number, given: Pick<PackOptions, "logKey" | "expect">): Promise<void> {
  if (file.size > PACK_LIMITS.fileBytes) throw new RangeError(`the file has more than ${PACK_LIMITS.fileBytes} bytes`);
  progress.textContent = "Verifying…";
  const bytes = new Uint8Array(await file.arrayBuffer());
  const report = await verifyPack(bytes, BROWSER, {
    ...given,
    pages: PACK_PAGES,
    engine: GATE_VERSION,
    async progress(entries) {
      if (number !== runs || entries % PAUSE !== 0) return;
      progress.textContent = `Verifying… ${entries} entries`;
      await new Promise((resolve) => {
        setTimeout(resolve);
      });
    },
  });
  if (number !== runs) return;
  progress.textContent = "Done.";
  result.replaceChildren(...reportElements(report, file.name));
  result.focus();
}

/** Undefined where none is given, null where it is none. */
function logKey(): NoteKey | undefined | null {
  const text = keyField.value.trim();
  try {
    setProblem(keyField, "");
    return text === "" ? undefined : readVerifierKey(text);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    setProblem(keyField, `This is no verifier key: ${error.message}`);
    return null;
  }
}

function checkpoint(): TreeHead | undefined | null {
  const text = checkpointField.value.trim();
  const head = parseCheckpointLine(text);
  setProblem(
    checkpointField,
    text === "" || head !== undefined ? "" : "This is no checkpoint: <origin> <size> sha256:<root>",
  );
  return text === "" ? undefined : (head ?? null);
}

function setProblem(field: HTMLInputElement, text: string): void {
  field.setAttribute("aria-invalid", String(text !== ""));
  byId(`${field.id}-problem`, HTMLElement).textContent = text;
}

function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${id}`);
}
