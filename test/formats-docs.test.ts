import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/cli/program.ts";
import { ADAPTERS } from "../src/ingest/registry.ts";
import { fixedClock } from "../src/util/clock.ts";
import { compareText } from "../src/util/compare.ts";
import { installation, ROOT, temporaryFolder, writeFiles } from "./support.ts";

/** The page of each format says what it has to say, and its example is run. */

const FOLDER = join(ROOT, "docs/formats");

/** A heading, or a paragraph that starts with the word. */
const SECTIONS = {
  Read: /^(?:## Read$|\*\*Read\*\*)/m,
  "Not read": /^(?:## Not read$|\*\*Not read\*\*)/m,
  Statuses: /^(?:## Statuses$|\*\*Statuses\*\*)/m,
  Example: /^## Example$/m,
};

/** The file, what is asked to be shown, and what is printed. */
const EXAMPLE = /^```\w*\n(.*?\n)```\n\n`gate evidence show ([^`\n]+)`:\n\n```text\n(.*?)```$/ms;

function pageOf(id: string): string {
  return readFileSync(join(FOLDER, `${id}.md`), "utf8");
}

/** What the command prints in a folder, as `gate` run from the checkout's root does. */
async function shown(cwd: string, source: string): Promise<string> {
  let printed = "";
  const print = (text: string): void => {
    printed += text;
  };
  const program = createProgram({
    cwd,
    variables: {},
    clock: fixedClock("2026-01-01T00:00:00Z"),
    random: (bytes) => new Uint8Array(bytes),
    installation,
    cacheFolder: undefined,
    color: false,
    stdin: async () => new Uint8Array(),
    interruption: () => new AbortController().signal,
    out: print,
    err: print,
    exit: () => undefined,
  });
  await program.parseAsync(["node", "gate", "evidence", "show", source]);
  return printed;
}

/** Without the id, which nobody can check by eye, and without facts that are none. */
function withoutId(printed: string): string {
  return printed.replaceAll(/^ {2}(?:sha256:[0-9a-f]{64})?\n/gm, "");
}

/** Control characters are written as their pictures. */
function withControls(text: string): string {
  return text.replaceAll(/[\u2400-\u241f]/g, (picture) => String.fromCharCode(picture.charCodeAt(0) - 0x2400));
}

describe.each(ADAPTERS)("the page of $id", ({ id, kind }) => {
  it("has a title, the id and the kind, and every section", () => {
    const page = pageOf(id);
    expect(page).toMatch(/^# \S/);
    expect(page).toMatch(
      new RegExp(`^Format \`${id}\`, evidence of ${kind === "any" ? "any kind" : `kind \`${kind}\``}`, "m"),
    );
    for (const [name, section] of Object.entries(SECTIONS)) expect(page, name).toMatch(section);
  });

  it("shows what its example gives", async () => {
    const example = pageOf(id).split(/^## Example$/m)[1] ?? "";
    const [, file = "", source = "", printed = ""] = EXAMPLE.exec(example) ?? [];
    expect(printed).toMatch(new RegExp(`^\\S+: [a-z-]+ \\(${id}\\)`));
    const name = printed.slice(0, printed.indexOf(": "));
    expect(source === name || source.endsWith(`=${name}`), `${source} is ${name}`).toBe(true);
    // Certificates and signatures are longer than a page; such an example is shortened, and cannot be run.
    if (file.includes("…")) {
      expect(example).toContain("shortened");
      return;
    }
    const cwd = temporaryFolder();
    writeFiles(cwd, { [name]: withControls(file) });
    expect(withoutId(await shown(cwd, source))).toBe(printed);
  });
});

describe("docs/formats/README.md", () => {
  it("links every format with its title, by kind and in the order of the alphabet", () => {
    const lines = pageOf("README").split("\n");
    const listed = lines.filter((line) => /^(?:## |\| \[)/.test(line)).map((line) => line.replace(/ \| [^|]+ \|$/, ""));
    const kinds = Map.groupBy(ADAPTERS, ({ kind }) => kind);
    const expected = [...kinds.keys()].toSorted().flatMap((kind) => {
      const adapters = (kinds.get(kind) ?? []).toSorted((a, b) => compareText(a.id, b.id));
      return [`## ${kind}`, ...adapters.map(({ id, title }) => `| [\`${id}\`](${id}.md) | ${title}`)];
    });
    expect(listed).toEqual(expected);
  });

  it("is beside pages of formats alone", () => {
    const pages = [...ADAPTERS.map(({ id }) => `${id}.md`), "README.md"];
    expect(readdirSync(FOLDER).toSorted()).toEqual(pages.toSorted());
  });
});
