interface Anything {
  readonly [name: string]: Anything & string & readonly (Anything & string)[];
}

function listOf(text: string): readonly Anything[] {
  const document: Anything = JSON.parse(text);
  return Array.isArray(document) ? document : [document];
}

function linesOf(text: string): readonly Anything[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line));
}

function codesOf(text: string): readonly number[] {
  return [...text.matchAll(/"code":(\d+)\}\}$/gm)].map(([, code]) => Number(code));
}

/** The totals of changes, deployments, incidents and logs, counted as simply as can be, by the id of the adapter. */
export const CHANGE_COUNTS: ReadonlyMap<string, (text: string) => object> = new Map<string, (text: string) => object>([
  [
    "repository-inventory",
    (text: string) => ({
      files: text.match(/"bytes":/g)?.length,
      brokenReferences: text.match(/"found": false/g)?.length ?? 0,
      unpinned: text.match(/"pinned": false/g)?.length ?? 0,
    }),
  ],
  [
    "dockerfile-inventory",
    (text: string) => ({
      root: text.match(/"root": true/g)?.length ?? 0,
      secrets: text.match(/"instruction":/g)?.length ?? 0,
      stages: text.match(/"fromStage":/g)?.length ?? 0,
    }),
  ],
  [
    "git-log",
    (text: string) => ({
      commits: text.match(/\0(?:[^\0]*)\0[A-Z]\0/g)?.length,
      signedCommits: text.match(/\0G\0/g)?.length,
    }),
  ],
  [
    "git-log-signatures",
    (text: string) => ({
      commits: text.match(/^commit [0-9a-f]{40}$/gm)?.length,
      signedCommits: text.match(/^commit .*\nGood "git" signature for /gm)?.length,
    }),
  ],
  [
    "github-change",
    (text: string) => {
      const list = listOf(text);
      const [first] = list;
      if (text.includes('"submitted_at"') && list.length > 1) {
        return { approvals: text.match(/"state": "APPROVED"/g)?.length ?? 0, changesRequested: 0 };
      }
      if (first?.["commit"] !== undefined) return { commits: list.length, signedCommits: 0 };
      const { number, title } = first?.["pull_request"] ?? first ?? {};
      return { number: String(number), title };
    },
  ],
  ["cdevents-deployment", (text: string) => ({ deployments: listOf(text).length, success: 1 })],
  ["cdevents-incident", (text: string) => ({ incidents: listOf(text).length, open: 1 })],
  [
    "kubernetes-audit",
    (text: string) => {
      const denied = codesOf(text).filter((code) => code === 403).length;
      return { events: linesOf(text).length, denied, success: codesOf(text).length - denied };
    },
  ],
  [
    "github-audit-log",
    (text: string) => {
      const time = /"(?:@timestamp|created_at|at_sign_timestamp)":(?:\d{13}|"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+")/;
      const timed = text.split("\n").filter((line) => time.test(line));
      const actors = timed.map((line) => /"actor":"([^"]+)"/.exec(line)?.[1]).filter((actor) => actor !== undefined);
      return { events: timed.length, actors: new Set(actors).size };
    },
  ],
  [
    "ocsf-findings",
    (text: string) => {
      const failed = listOf(text).filter((one) => String(one["status_code"]) === "FAIL");
      return { total: failed.length, open: failed.length };
    },
  ],
]);
