import { describe, expect, it } from "vitest";
import { PACK_PAGES } from "../../src/report/render/pack.ts";
import { ORIGIN, sampleDecision, sampleTime, ZERO_DIGEST } from "../audit/fixtures.ts";

const tree = { origin: ORIGIN, size: 9, root: ZERO_DIGEST };
const place = { index: 3, time: sampleTime(3).toISOString(), tree };

const HOSTILE = `</title><script>alert(1)</script><img src=x onerror=alert(1)>"'\u202e\u001b[2J`;

describe("the pages of a pack", () => {
  it("say what was decided, about what, and why", () => {
    const page = PACK_PAGES.decision(sampleDecision(3), place);
    for (const text of [
      "BLOCKED for production",
      `entry 3 of ${ORIGIN}`,
      "SQL injection",
      "semgrep.sarif",
      "ssdf:PW.7.2",
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain("not stored");
  });

  it("are the same for the same record", () => {
    expect(PACK_PAGES.decision(sampleDecision(3), place)).toBe(PACK_PAGES.decision(sampleDecision(3), place));
    expect(PACK_PAGES.decision(sampleDecision(4), place)).not.toBe(PACK_PAGES.decision(sampleDecision(3), place));
  });

  it("name every exception that let something through", () => {
    const waiver = {
      id: "w-1",
      gate: "sast",
      reason: "false positive",
      ticket: "T-1",
      owner: "ada",
      expires: "2026-02-01",
      covers: 2,
      source: "waivers.yaml:3",
    };
    const page = PACK_PAGES.decision(
      sampleDecision(3, {
        outcome: "allow-bypassed",
        waivers: { used: [waiver], unused: [], expired: [], expiring: [], refused: [] },
        bypass: {
          id: ZERO_DIGEST,
          reason: "outage",
          ticket: "INC-7",
          requestedBy: "grace",
          approvers: ["linus"],
          expires: "2026-01-02T00:00:00.000Z",
          gates: ["sast"],
          reviewDue: "2026-01-09T00:00:00.000Z",
        },
      }),
      place,
    );
    for (const text of ["ALLOWED BY EMERGENCY BYPASS", "w-1", "false positive", "INC-7", "grace", "linus"]) {
      expect(page).toContain(text);
    }
  });

  it("hold nothing of a record but text", () => {
    const decision = sampleDecision(3);
    const page = PACK_PAGES.decision(
      {
        ...decision,
        environment: HOSTILE,
        subject: { ...decision.subject, repository: HOSTILE, ref: HOSTILE },
        gates: decision.gates.map((gate) => ({
          ...gate,
          title: HOSTILE,
          reason: HOSTILE,
          violations: gate.violations.map((violation) => ({ ...violation, message: HOSTILE, rule: HOSTILE })),
        })),
        evidence: decision.evidence.map((one) => ({ ...one, path: HOSTILE })),
      },
      { ...place, tree: { ...tree, origin: HOSTILE } },
    );
    const overview = PACK_PAGES.overview({
      engine: HOSTILE,
      tree: { ...tree, origin: HOSTILE },
      selection: { kind: "chosen" },
      evidence: "withheld",
      entries: 1,
      decisions: [
        {
          index: 3,
          id: HOSTILE,
          time: place.time,
          outcome: HOSTILE,
          environment: HOSTILE,
          repository: HOSTILE,
          commit: HOSTILE,
        },
      ],
    });
    for (const text of [page, overview]) {
      expect(text).not.toMatch(/<script|<img|[\u202e\u001b]/);
      expect(text).toContain("&lt;script&gt;");
      expect(text).toContain("default-src &#39;none&#39;");
    }
  });
});
