import type { DockerfileEvidence, ParsedEvidence } from "../../evidence/types.ts";
import type { EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { detectInventory, readInventory } from "../inventory.ts";

/** What gate itself collects of the Dockerfiles of a checkout: `docs/formats/dockerfile-inventory.md`. */
export const dockerfileInventory = {
  id: "dockerfile-inventory",
  title: "gate's Dockerfile inventory",
  kind: "dockerfile",
  detect: (head: Head) => detectInventory(head, "dockerfiles"),
  parse,
} as const satisfies EvidenceAdapter;

const READING = { schema: "gate/dockerfiles/v1", kind: "dockerfile", lists: ["dockerfiles"] } as const;

/** An inventory without Dockerfiles is complete: that there is none is what it says. */
function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { paths, ...parts } = readInventory(bytes, READING, limits);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its shape is that of the model
  const body = parts.body as unknown as DockerfileEvidence["body"];
  const { dockerfiles } = body;
  const stages = dockerfiles.flatMap((one) => one.stages);
  return {
    kind: "dockerfile",
    formatVersion: "1",
    tools: [{ name: "gate" }],
    ...parts,
    summary: {
      dockerfiles: dockerfiles.length,
      stages: stages.length,
      root: dockerfiles.filter(({ root }) => root).length,
      withoutHealthcheck: dockerfiles.filter(({ healthcheck }) => !healthcheck).length,
      unpinned: stages.filter(({ pinned }) => !pinned).length,
      secrets: dockerfiles.reduce((sum, { secrets }) => sum + secrets.length, 0),
      ...(paths === undefined ? {} : { paths }),
    },
    body,
  };
}
