import { licenceOf } from "../../evidence/licence.ts";
import { componentCounts } from "../../evidence/summary.ts";
import type { Component, SbomEvidence } from "../../evidence/types.ts";
import type { Change } from "../model.ts";
import { changedItems, type DocumentEdits, type UnitEdit } from "./edits.ts";

/** One that no gate refuses, unless it refuses every licence. */
const KNOWN_LICENCE = licenceOf("MIT");

/**
 * Each component can state its licence, where it states none that can be read, be identified, or be taken out; and the
 * bill can say what it describes and what depends on what.
 */
export function componentEdits(document: SbomEvidence): DocumentEdits {
  const { path } = document.source;
  const { components } = document.body;
  const { root, dependencyEdges } = document.summary;
  const items: readonly UnitEdit[] = components.map((component, item) => ({ item, ways: waysOf(component, path) }));
  const whole: readonly UnitEdit[] = [
    ...(root === undefined ? [{ ways: [{ action: "state-root", evidence: path } as const] }] : []),
    ...(dependencyEdges === 0 && components.length > 1
      ? [{ ways: [{ action: "state-dependencies", evidence: path } as const] }]
      : []),
  ];
  const units = [...whole, ...items];
  return {
    units,
    counts: [],
    apply(ways) {
      const changed = changedItems(units, ways);
      const left = components.flatMap((component, item) => {
        const change = changed.get(item);
        return change === undefined ? [component] : changedComponent(component, change);
      });
      const stated = new Set([...ways.keys()].map((unit) => units[unit]?.ways[0]?.action));
      return {
        ...document,
        summary: {
          ...document.summary,
          ...componentCounts(left),
          ...(stated.has("state-root") ? { root: { name: "root" } } : {}),
          ...(stated.has("state-dependencies") ? { dependencyEdges: Math.max(1, left.length - 1) } : {}),
        },
        body: { components: left },
      };
    },
  };
}

function waysOf(component: Component, evidence: string): readonly Change[] {
  const { name, version, purl, licences } = component;
  const of = { evidence, name: version === undefined ? name : `${name}@${version}` };
  return [
    ...(licences.every(({ spdx }) => !spdx) ? [{ action: "state-licence", ...of } as const] : []),
    ...(version === undefined || purl === undefined ? [{ action: "identify-component", ...of } as const] : []),
    { action: "remove-component", ...of },
  ];
}

function changedComponent(component: Component, { action }: Change): readonly Component[] {
  if (action === "state-licence") return [{ ...component, licences: [KNOWN_LICENCE] }];
  if (action !== "identify-component") return [];
  const { version = "1.0.0", purl = `pkg:generic/${encodeURIComponent(component.name)}@${version}` } = component;
  return [{ ...component, version, purl }];
}
