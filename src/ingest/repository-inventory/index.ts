import type { ParsedEvidence, RepositoryEvidence } from "../../evidence/types.ts";
import type { EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { detectInventory, readInventory } from "../inventory.ts";

/** What gate itself collects of a checkout: `docs/formats/repository-inventory.md`. */
export const repositoryInventory = {
  id: "repository-inventory",
  title: "gate's repository inventory",
  kind: "repository",
  detect: (head: Head) => detectInventory(head, "repository"),
  parse,
} as const satisfies EvidenceAdapter;

const READING = {
  schema: "gate/repository/v1",
  kind: "repository",
  lists: ["files", "references", "pins", "cycles", "changelogs"],
} as const;

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { paths, ...parts } = readInventory(bytes, READING, limits);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its shape is that of the model
  const body = parts.body as unknown as RepositoryEvidence["body"];
  const { files, references, pins } = body;
  return {
    kind: "repository",
    formatVersion: "1",
    tools: [{ name: "gate" }],
    ...parts,
    ...(files.length > 0
      ? {}
      : { status: "empty", statusReasons: [{ code: "no-files", message: "there is no file", place: "/files" }] }),
    summary: {
      files: files.length,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      references: references.length,
      brokenReferences: references.filter(({ found }) => found === false).length,
      uncheckedReferences: references.filter(({ found }) => found === undefined).length,
      pins: pins.length,
      unpinned: pins.filter(({ pinned }) => !pinned).length,
      cycles: body.cycles.length,
      changelogs: body.changelogs.length,
      ...(paths === undefined ? {} : { paths }),
    },
    body,
  };
}
