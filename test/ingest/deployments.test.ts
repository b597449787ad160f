import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const B = "b".repeat(40);
const API = "https://api.github.com/repos/acme/shop";
type Members = Readonly<Record<string, unknown>>;

function deploymentsOf(value: unknown) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return readAs("deployment", text, "x.json");
}

function github(id: number, more: Members = {}) {
  return {
    url: `${API}/deployments/${id}`,
    id,
    sha: B,
    ref: "main",
    environment: "production",
    task: "deploy",
    payload: {},
    created_at: "2026-03-01T10:00:00Z",
    statuses_url: "x",
    repository_url: API,
    ...more,
  };
}

function status(state: string, minute: number, more: Members = {}) {
  return {
    state,
    created_at: `2026-03-01T10:0${minute}:00Z`,
    environment: "production",
    deployment_url: `${API}/deployments/5`,
    ...more,
  };
}

function gitlab(more: Members = {}) {
  return {
    id: 1,
    iid: 1,
    sha: B,
    ref: "main",
    environment: { name: "production", external_url: null },
    created_at: "2026-03-01T10:00:00Z",
    ...more,
  };
}

describe("GitHub", () => {
  it("reads the payload of a webhook in full, and leaves the payload of the deployment out", () => {
    const document = readAs("deployment", fixture("github-deployment.json"), "x.json");
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "github-deployments" },
      summary: { deployments: 1, success: 1, failure: 0, rollbacks: 0 },
      quality: { redactions: 1 },
    });
    expect(document.body.deployments).toEqual([
      {
        id: "5",
        service: "acme/shop",
        environment: "production",
        commit: B,
        ref: "main",
        actor: "zoe",
        reason: "Café",
        startedAt: "2026-03-01T10:00:00.000Z",
        finishedAt: "2026-03-01T10:05:00.000Z",
        outcome: "success",
        rollback: false,
      },
    ]);
    expect(JSON.stringify(document)).not.toContain("do-not-keep");
  });

  it("says nothing of how deployments ended where only they are listed", () => {
    const { body, summary, quality } = deploymentsOf([github(1), github(2, { task: "rollback" })]);
    expect(body.deployments).toMatchObject([
      { id: "1", service: "acme/shop", outcome: "unknown", rollback: false },
      { id: "2", rollback: true },
    ]);
    expect([summary.success, summary.rollbacks, quality.redactions]).toEqual([0, 1, 0]);
  });

  it.each([
    ["success", "success"],
    ["failure", "failure"],
    ["error", "failure"],
    ["inactive", "inactive"],
    ["in_progress", "in-progress"],
    ["queued", "in-progress"],
    ["else", "unknown"],
  ])("takes the latest status, here %s", (state, outcome) => {
    const { body } = deploymentsOf([status(state, 3), status("pending", 1)]);
    expect(body.deployments).toMatchObject([{ id: "5", outcome }]);
  });

  it("takes the latest of two in one second", () => {
    for (const list of [
      [9, 8],
      [8, 9],
    ]) {
      const statuses = list.map((id) => status(id === 9 ? "failure" : "success", 3, { id }));
      expect(deploymentsOf(statuses).body.deployments).toMatchObject([{ outcome: "failure" }]);
    }
  });

  it("takes the end from the status that ended it", () => {
    const { body } = deploymentsOf([status("inactive", 9), status("success", 3), status("pending", 1)]);
    expect(body.deployments[0]).toMatchObject({ outcome: "inactive", finishedAt: "2026-03-01T10:03:00.000Z" });
  });

  it("puts together what a stream says of one deployment, in any order", () => {
    const lines = [status("failure", 4), status("in_progress", 2)].map((one) =>
      JSON.stringify({ deployment_status: one, deployment: github(5) }),
    );
    expect(deploymentsOf(lines.join("\n")).body.deployments).toMatchObject([
      { id: "5", outcome: "failure", commit: B },
    ]);
  });

  it("is partial where a list has the size of a page", () => {
    const page = Array.from({ length: 30 }, (_, index) => github(index + 1));
    expect([deploymentsOf(page).status, deploymentsOf([page]).status]).toEqual(["partial", "unknown"]);
  });
});

describe("GitLab", () => {
  it("reads the fixture in full", () => {
    const document = readAs("deployment", fixture("gitlab-deployments.json"), "x.json");
    expect([document.status, document.summary]).toEqual([
      "unknown",
      { deployments: 2, success: 1, failure: 1, rollbacks: 0 },
    ]);
    expect(document.body.deployments[0]).toEqual({
      id: "41",
      environment: "production",
      commit: B,
      ref: "main",
      actor: "zoe",
      startedAt: "2026-03-01T10:01:00.000Z",
      finishedAt: "2026-03-01T10:05:00.000Z",
      outcome: "success",
      rollback: false,
    });
  });

  it("reads who approved and who rejected it, where the answer says so", () => {
    const approvals = [
      { user: { username: "zoe" }, status: "approved", created_at: "2026-03-01T09:00:00+01:00", comment: "go" },
      { user: { username: "max" }, status: "rejected" },
    ];
    const [first] = deploymentsOf(gitlab({ approvals })).body.deployments;
    expect(first?.approvals).toEqual([
      { user: "zoe", approved: true, at: "2026-03-01T08:00:00.000Z" },
      { user: "max", approved: false },
    ]);
    expect(() => deploymentsOf(gitlab({ approvals: [{ status: "approved" }] }))).toThrow("does not say who approved");
  });

  it.each([
    ["running", "in-progress"],
    ["blocked", "in-progress"],
    ["canceled", "inactive"],
    ["skipped", "inactive"],
    ["new", "unknown"],
  ])("a deployment that is %s did not end", (word, outcome) => {
    const more = { status: word, finished_at: "2026-03-01T10:00:00Z" };
    const [first] = deploymentsOf([gitlab(more)]).body.deployments;
    expect([first?.outcome, first?.finishedAt]).toEqual([outcome, undefined]);
  });
});

function event(type: string, more: Members = {}, subject = "shop") {
  const context = {
    specversion: "0.5.0",
    id: "e1",
    source: "/x",
    type: `dev.cdevents.${type}.0.3.0`,
    timestamp: "2026-03-01T10:00:00Z",
  };
  return { context: { ...context, ...more }, subject: { id: subject, content: { environment: { id: "production" } } } };
}

describe("CDEvents on services", () => {
  it.each([
    ["deployed", "success", false],
    ["upgraded", "success", false],
    ["rolledback", "success", true],
    ["removed", "inactive", false],
  ])("that were %s", (verb, outcome, rollback) => {
    expect(deploymentsOf(event(`service.${verb}`)).body.deployments).toEqual([
      {
        id: "e1",
        service: "shop",
        environment: "production",
        finishedAt: "2026-03-01T10:00:00.000Z",
        outcome,
        rollback,
      },
    ]);
  });

  it.each([
    ["an array", JSON.stringify([event("service.deployed"), event("service.rolledback")])],
    ["lines", [event("service.deployed"), event("service.rolledback")].map((one) => JSON.stringify(one)).join("\n")],
    [
      "CloudEvents, of which one is encoded",
      JSON.stringify([
        { specversion: "1.0", type: "dev.cdevents.service.deployed.0.3.0", data: event("service.deployed") },
        {
          specversion: "1.0",
          type: "dev.cdevents.service.rolledback.0.3.0",
          data_base64: Buffer.from(JSON.stringify(event("service.rolledback"))).toString("base64"),
        },
      ]),
    ],
  ])("come in %s", (_, text) => expect(deploymentsOf(text).summary).toMatchObject({ deployments: 2, rollbacks: 1 }));

  it("are read from among others, with a warning", () => {
    const { summary, quality } = deploymentsOf([event("service.deployed"), event("pipelinerun.finished")]);
    expect([summary.deployments, quality.warnings]).toMatchObject([1, [{ code: "not-read", place: "/1" }]]);
  });
});

function incidentsOf(...events: readonly object[]) {
  return readAs("incident", JSON.stringify(events), "x.json");
}

function at(minute: number) {
  return { timestamp: `2026-03-01T10:0${minute}:00Z` };
}

describe("CDEvents on incidents", () => {
  it("make one incident of each subject", () => {
    const document = readAs("incident", fixture("cdevents-incident.json"), "x.json");
    expect([document.status, document.summary]).toEqual(["unknown", { incidents: 2, open: 1 }]);
    expect(document.body.incidents).toEqual([
      {
        id: "incident-1",
        title: "Slow café",
        service: "shop",
        environment: "production",
        openedAt: "2026-03-01T10:10:00.000Z",
        resolvedAt: "2026-03-01T10:40:00.000Z",
        state: "resolved",
      },
      { id: "incident-2", title: "Down", openedAt: "2026-03-02T08:00:00.000Z", state: "open" },
    ]);
  });

  it.each([
    ["resolved before the file tells of it", [event("incident.resolved", at(3))], "resolved"],
    ["noticed again", [event("incident.resolved", at(1)), event("incident.detected", at(2))], "open"],
    ["told of out of order", [event("incident.resolved", at(2)), event("incident.detected", at(1))], "resolved"],
  ])("that is %s", (_, events, state) => expect(incidentsOf(...events).body.incidents).toMatchObject([{ state }]));

  it("are read as incidents out of a stream with deployments where that is what the user asks for", () => {
    const text = JSON.stringify([event("service.deployed"), event("incident.detected")]);
    expect(readAs("incident", text, "x.json", "incident").summary.incidents).toBe(1);
    expect(deploymentsOf(text).summary.deployments).toBe(1);
  });
});

it("of other CDEvents it is said which are read", () => {
  const { statusReasons } = readAs("unreadable", JSON.stringify(event("testsuiterun.finished")), "x.json");
  expect(statusReasons[0]).toMatchObject({ code: "not-this-format" });
  expect(statusReasons[0]?.message).toMatch(
    /^testsuiterun\.finished is not read; .*service\.deployed.*incident\.resolved/,
  );
});

describe.each([
  ["a deployment of no commit", [github(1, { sha: "main" }), github(2)], "malformed at /0"],
  ["something else among statuses", [status("success", 1), {}], "malformed at /1"],
  ["a deployment without an environment", [gitlab(), gitlab({ environment: null })], "malformed at /1"],
  [
    "an event without a subject",
    [event("service.deployed"), { context: event("service.deployed").context }],
    "malformed at /1",
  ],
  [
    "a CloudEvent without data",
    { specversion: "1.0", type: "dev.cdevents.service.deployed.0.3.0" },
    "malformed at /data",
  ],
])("%s", (_, value, refusal) => {
  it("is refused", () => expect(refusalOf(JSON.stringify(value), "x.json")).toBe(refusal));
});
