import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ManifestMember, manifestBytes, type PackManifest } from "../../src/audit/pack/manifest.ts";
import { openPack } from "../../src/audit/pack/verify.ts";
import { writeZip } from "../../src/audit/pack/zip-write.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { inflate } from "../audit/inflate.ts";
import { exampleProject, gate, ROOT } from "../support.ts";

/** The members of a pack by their names, in their order; tests change them. */
export type Members = Map<string, Buffer>;

export interface PackedProject {
  readonly cwd: string;
  /** The log's verifier key. */
  readonly key: string;
  readonly pack: string;
}

/** A copy of the example for all tests of a file, and how to remove it. */
export function lastingProject(): { readonly cwd: string; readonly remove: () => void } {
  const cwd = mkdtempSync(join(tmpdir(), "gate-pack-"));
  cpSync(join(ROOT, "examples/service"), cwd, { recursive: true });
  rmSync(join(cwd, ".gate"), { recursive: true, force: true });
  return { cwd, remove: () => rmSync(cwd, { recursive: true, force: true }) };
}

/** Two decisions of the example, in a pack under a signed checkpoint. */
export async function packedProject(cwd: string = exampleProject()): Promise<PackedProject> {
  await gate(["key", "generate", "-o", "log.pem"], { cwd });
  await gate(["check", "-e", "production"], { cwd });
  const { stdout } = await gate(["check", "-e", "development", "--log-key", "log.pem", "-f", "json"], { cwd });
  const { audit } = JSON.parse(stdout) as { audit: { log: string } };
  const shown = await gate(["key", "show", "log.pem", "--log", audit.log], { cwd });
  const { code, stderr } = await gate(["audit", "pack", "-o", "pack.zip"], { cwd });
  if (code !== 0) throw new Error(stderr);
  return { cwd, key: shown.stdout.trim(), pack: join(cwd, "pack.zip") };
}

export async function readMembers(pack: string): Promise<Members> {
  const opened = openPack(readFileSync(pack), { inflate });
  const members: Members = new Map();
  for (const name of opened.names) members.set(name, Buffer.from((await opened.read(name)) ?? []));
  return members;
}

/** Writes members as a pack again. @param manifest whether it is brought up to date, as whoever changes a pack would do */
export async function writePack(path: string, members: Members, manifest: boolean): Promise<void> {
  const old = JSON.parse(members.get("manifest.json")?.toString("utf8") ?? "{}") as PackManifest;
  async function* all(): AsyncIterable<{ readonly name: string; readonly data: Uint8Array }> {
    const listed: ManifestMember[] = [];
    for (const [name, data] of members) {
      if (manifest && name === "manifest.json") continue;
      listed.push({ name, size: data.length, sha256: sha256(data) });
      yield { name, data };
    }
    if (manifest) yield { name: "manifest.json", data: manifestBytes({ ...old, members: listed }) };
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of writeZip(all())) pieces.push(piece);
  writeFileSync(path, Buffer.concat(pieces));
}

/** A way to change a pack, and what comes of it in gate and in the page alike. */
export interface Tampering {
  readonly name: string;
  readonly change: (members: Members) => void;
  /** Whether whoever changes it also brings the manifest up to date. */
  readonly manifest: boolean;
  readonly verdict: "tampered" | "unknown";
  readonly code: string;
}

export const TAMPERINGS: readonly Tampering[] = [
  each("the body of an entry", "leaf-changed", (members) =>
    edit(members, "entries/00000001.json", '"block"', '"allow"'),
  ),
  each("the body of an entry and in its proof", "proof-invalid", (members) => {
    edit(members, "entries/00000001.json", '"block"', '"allow"');
    const extra = members.get("entries/00000001.json")?.toString("base64");
    replace(members, "entries/00000001.tlog-proof", (text) => text.replace(/^extra .*$/m, `extra ${extra}`));
  }),
  each("the document of a decision", "blob-changed", (members) =>
    edit(members, nameIn(members, "decisions/"), '"block"', '"allow"'),
  ),
  each("evidence", "blob-changed", (members) => edit(members, nameIn(members, "evidence/"), '"', "'")),
  each("inputs", "blob-changed", (members) => edit(members, nameIn(members, "inputs/"), "production", "productiom")),
  each("compiled policies", "blob-changed", (members) => {
    const name = [...members.keys()].find((one) => one.endsWith(".wasm")) ?? "";
    members.get(name)?.writeUInt8(7, 100);
  }),
  each("a hash of a proof", "proof-invalid", (members) =>
    replace(members, "entries/00000001.tlog-proof", (text) =>
      text.replace(/^(index 1\n)(.)/m, (_, index: string, first: string) => `${index}${first === "A" ? "B" : "A"}`),
    ),
  ),
  each("the index of a proof", "proof-invalid", (members) =>
    edit(members, "entries/00000001.tlog-proof", "index 1", "index 2"),
  ),
  each("the proof of another entry", "proof-invalid", (members) => {
    members.set("entries/00000001.tlog-proof", member(members, "entries/00000002.tlog-proof"));
  }),
  each("the signature of the checkpoint", "checkpoint-unsigned", (members) => {
    for (const name of [...members.keys()].filter((one) => one === "checkpoint" || one.endsWith(".tlog-proof"))) {
      replace(members, name, withOtherEnd);
    }
  }),
  each("the root of the checkpoint", "checkpoint-unsigned", (members) =>
    replace(members, "checkpoint", (text) =>
      text.replace(/^(.*\n.*\n)(.)/, (_, head: string, first: string) => `${head}${first === "A" ? "B" : "A"}`),
    ),
  ),
  each("the two entries, exchanged", "proof-invalid", (members) => {
    for (const ending of ["json", "tlog-proof"]) {
      const [one, other] = [`entries/00000001.${ending}`, `entries/00000002.${ending}`] as const;
      const kept = member(members, one);
      members.set(one, member(members, other));
      members.set(other, kept);
    }
  }),
  each("the page about a decision", "page-changed", (members) =>
    edit(members, "reports/00000001.html", "BLOCKED", "ALLOWED"),
  ),
  each("the overview", "page-changed", (members) => edit(members, "overview.html", "block", "allow")),
  {
    ...each("nothing but the manifest", "member-changed", (members) =>
      replace(members, "manifest.json", (text) =>
        text.replace(/"sha256":"sha256:(.)/, (_, digit) => `"sha256":"sha256:${digit === "0" ? "1" : "0"}`),
      ),
    ),
    manifest: false,
  },
  each("an entry, removed", "entry-missing", (members) => {
    for (const name of ["entries/00000001.json", "entries/00000001.tlog-proof"]) members.delete(name);
  }),
  each("an entry, removed without a trace in the manifest's list only", "member-extra", (members) => {
    members.delete("entries/00000001.json");
  }),
  { ...each("a member, removed", "member-missing", (members) => members.delete("overview.html")), manifest: false },
  {
    ...each("evidence, removed", "pruned", (members) => members.delete(nameIn(members, "evidence/"))),
    verdict: "unknown",
  },
  {
    ...each("the document of a decision and its page, removed", "pruned", (members) => {
      members.delete(nameIn(members, "decisions/"));
    }),
    verdict: "tampered",
  },
  each("a member under another name", "member-extra", (members) => {
    const name = nameIn(members, "evidence/");
    const data = member(members, name);
    members.delete(name);
    members.set(name.replace(/.{8}\.json$/, "00000000.json"), data);
    moveToEnd(members, "manifest.json");
  }),
  each("a document that nothing names", "member-extra", (members) => {
    const data = Buffer.from("{}");
    members.set(`evidence/${sha256(data).slice("sha256:".length)}.json`, data);
    moveToEnd(members, "manifest.json");
  }),
  { ...each("the order of members", "member-changed", (members) => moveToEnd(members, "readme.txt")), manifest: false },
  {
    ...each("every decision, removed", "empty", (members) => {
      for (const name of members.keys()) {
        if (/^(?:entries\/0000000[12]|decisions|evidence|inputs|policies|reports)/.test(name)) members.delete(name);
      }
      edit(members, "manifest.json", '"last":2', '"last":0');
    }),
    // The overview says what there was.
    verdict: "tampered",
  },
  each("the creation of the log", "body-invalid", (members) => {
    members.set("entries/00000000.json", Buffer.from("{}"));
  }),
];

function each(name: string, code: string, change: (members: Members) => void): Tampering {
  return { name, code, change, manifest: true, verdict: "tampered" };
}

function member(members: Members, name: string): Buffer {
  const data = members.get(name);
  if (data === undefined) throw new Error(`the pack has no ${name}`);
  return data;
}

/** A note of which the last character of the last signature is another one. */
function withOtherEnd(text: string): string {
  return text.replace(/.(?=={0,2}\n$)/, (end) => (end === "A" ? "Q" : "A"));
}

function nameIn(members: Members, folder: string): string {
  return [...members.keys()].find((name) => name.startsWith(folder)) ?? "";
}

function replace(members: Members, name: string, change: (text: string) => string): void {
  const text = member(members, name).toString("utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`${name} is as it was`);
  members.set(name, Buffer.from(changed));
}

function edit(members: Members, name: string, from: string, to: string): void {
  replace(members, name, (text) => text.replace(from, to));
}

function moveToEnd(members: Members, name: string): void {
  const data = member(members, name);
  members.delete(name);
  members.set(name, data);
}
