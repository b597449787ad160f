import { describe, expect, it } from "vitest";
import { canonicalDigest } from "../../src/evidence/canonical.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

type Members = Readonly<Record<string, unknown>>;
const AT = "2026-03-01T10:00:00.000Z";

function logOf(value: unknown) {
  return readAs("audit-log", typeof value === "string" ? value : JSON.stringify(value), "x.json");
}

function linesOf(...events: readonly unknown[]): string {
  return events.map((event) => JSON.stringify(event)).join("\n");
}

function github(more: Members = {}) {
  return {
    "@timestamp": 1_772_359_200_000,
    action: "repo.create",
    actor: "zoe",
    org: "acme",
    repo: "acme/shop",
    ...more,
  };
}

function gitlab(more: Members = {}) {
  return { time: AT, author_id: 3, entity_id: 2, entity_type: "Project", ...more };
}

function trail(more: Members = {}) {
  return {
    eventVersion: "1.09",
    eventTime: AT,
    eventSource: "iam.amazonaws.com",
    eventName: "GetUser",
    userIdentity: { type: "Root", arn: "arn:x" },
    ...more,
  };
}

function kube(more: Members = {}) {
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    auditID: "k1",
    stage: "ResponseComplete",
    stageTimestamp: AT,
    verb: "get",
    responseStatus: { code: 200 },
    ...more,
  };
}

function gcp(more: Members = {}, payload: Members = {}) {
  return {
    insertId: "g1",
    timestamp: AT,
    resource: { type: "k8s_cluster" },
    protoPayload: {
      "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
      serviceName: "k8s.io",
      methodName: "io.k8s.core.v1.pods.get",
      status: {},
      ...payload,
    },
    ...more,
  };
}

function ocsf(more: Members = {}) {
  return {
    class_uid: 6003,
    category_uid: 6,
    time: Date.parse(AT),
    status_id: 1,
    api: { operation: "GetUser" },
    ...more,
  };
}

describe.each([
  ["github-audit-log", "github-audit.json", 2, { success: 1, denied: 1 }],
  ["gitlab-audit-log", "gitlab-audit.ndjson", 3, { success: 1 }],
  ["cloudtrail", "cloudtrail.json", 4, { success: 1, denied: 1 }],
  ["kubernetes-audit", "kubernetes-audit.json", 5, { success: 1, denied: 1 }],
  ["gcp-audit-log", "gcp-audit.json", 5, { success: 1, denied: 1 }],
  ["ocsf", "ocsf.json", 2, { success: 1, failure: 1 }],
] as const)("the fixture of %s", (format, name, redactions, outcomes) => {
  const document = readAs("audit-log", fixture(name), name);

  it("has its counts, and never says that it is all", () => {
    expect(document).toMatchObject({ status: "unknown", source: { format }, quality: { redactions } });
    expect(document.summary).toMatchObject({ failure: 0, denied: 0, unknown: 0, ...outcomes, from: AT });
  });

  it("keeps no address, no browser, no request and no key", () => {
    expect(JSON.stringify(document)).not.toMatch(/192\.0\.2|kubectl|aws-cli|do-not-keep|roleName|Private/);
  });

  it("has events that can be told apart from any other", () => {
    const digests = document.body.events.map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe("an event", () => {
  it.each([
    [
      "of GitHub",
      github({ _document_id: "d" }),
      {
        id: "d",
        actor: "zoe",
        actorType: "user",
        action: "repo.create",
        target: "acme/shop",
        targetType: "repository",
      },
    ],
    [
      "of GitLab's log",
      gitlab({ author_name: "Zoë", author_class: "User", add: "ssh_key", entity_path: "acme/shop" }),
      { actor: "Zoë", actorType: "user", action: "add ssh_key", target: "acme/shop", targetType: "Project" },
    ],
    [
      "of GitLab's API",
      gitlab({
        id: 9,
        time: undefined,
        created_at: AT,
        event_name: "member_created",
        details: { author_name: "Zoë", target_details: "acme" },
      }),
      { id: "9", actor: "Zoë", action: "member_created", target: "acme" },
    ],
    ["of CloudTrail", trail({ eventID: "c" }), { id: "c", actor: "arn:x", actorType: "Root", action: "iam:GetUser" }],
    [
      "of Kubernetes",
      kube({
        user: { username: "system:serviceaccount:a:b" },
        objectRef: { resource: "pods", namespace: "shop", name: "web", subresource: "exec" },
      }),
      {
        id: "k1",
        actor: "system:serviceaccount:a:b",
        actorType: "service",
        action: "get",
        target: "shop/web/exec",
        targetType: "pods",
      },
    ],
    ["of Kubernetes on no object", kube({ requestURI: "/healthz?token=x" }), { target: "/healthz" }],
    [
      "of Google Cloud",
      gcp(
        {},
        { authenticationInfo: { principalEmail: "zoë@example.com" }, resourceName: "core/v1/namespaces/shop/pods/web" },
      ),
      {
        id: "g1",
        actor: "zoë@example.com",
        actorType: "user",
        action: "k8s.io:io.k8s.core.v1.pods.get",
        target: "core/v1/namespaces/shop/pods/web",
        targetType: "k8s_cluster",
      },
    ],
    [
      "of Google Cloud by a service account",
      gcp(
        {},
        {
          serviceName: "iam.googleapis.com",
          methodName: "SetIamPolicy",
          authenticationInfo: { principalEmail: "ci@shop.iam.gserviceaccount.com" },
        },
      ),
      { actor: "ci@shop.iam.gserviceaccount.com", actorType: "service", action: "iam:SetIamPolicy" },
    ],
    [
      "of Google Cloud by an account of the cluster",
      gcp({}, { authenticationInfo: { principalEmail: "system:serviceaccount:a:b" } }),
      { actor: "system:serviceaccount:a:b", actorType: "service" },
    ],
    [
      "of Google Cloud by somebody without an address",
      gcp({}, { authenticationInfo: { principalSubject: "serviceAccount:ci" } }),
      { actor: "serviceAccount:ci", actorType: "service" },
    ],
    ["of Google Cloud on no object", gcp({}, { resourceName: "healthz?token=x" }), { target: "healthz" }],
    [
      "of OCSF",
      ocsf({ actor: { user: { name: "zoë" } }, resources: [{ name: "shop" }] }),
      { actor: "zoë", action: "GetUser", target: "shop" },
    ],
  ])("%s is normalised, with the digest of what it was", (_, event, expected) => {
    const [first] = logOf(linesOf(event, event)).body.events;
    expect(first).toMatchObject({ ...expected, at: AT, digest: canonicalDigest(JSON.parse(JSON.stringify(event))) });
  });
});

describe("the outcome", () => {
  it.each([
    ["of a refused push", github({ action: "protected_branch.rejected_ref_update" }), "denied"],
    ["of what GitHub did", github(), "success"],
    ["of a sign-in that failed", gitlab({ failed_login: "STANDARD" }), "failure"],
    ["of an AWS call", trail(), "success"],
    ["of one that was denied", trail({ errorCode: "AccessDenied" }), "denied"],
    ["of one that EC2 denied", trail({ errorCode: "Client.UnauthorizedOperation" }), "denied"],
    ["of one that failed", trail({ errorCode: "NoSuchEntityException" }), "failure"],
    [
      "of a sign-in to AWS",
      trail({ eventName: "ConsoleLogin", responseElements: { ConsoleLogin: "Failure" } }),
      "failure",
    ],
    ["of 403", kube({ responseStatus: { code: 403 } }), "denied"],
    ["of 401", kube({ responseStatus: { code: 401 } }), "denied"],
    ["of 404", kube({ responseStatus: { code: 404 } }), "failure"],
    ["of 101", kube({ responseStatus: { code: 101 } }), "success"],
    ["of a panic", kube({ stage: "Panic" }), "failure"],
    ["of a request that has not ended", kube({ stage: "RequestReceived", responseStatus: undefined }), "unknown"],
    ["of Google Cloud", gcp(), "success"],
    ["of Google Cloud without a status", gcp({}, { status: undefined }), "success"],
    ["of PERMISSION_DENIED", gcp({}, { status: { code: 7 } }), "denied"],
    ["of UNAUTHENTICATED", gcp({}, { status: { code: 16 } }), "denied"],
    ["of NOT_FOUND", gcp({}, { status: { code: 5 } }), "failure"],
    ["of an entry that is an error", gcp({ severity: "ERROR" }), "failure"],
    ["of what GKE forbids", gcp({ labels: { "authorization.k8s.io/decision": "forbid" } }), "denied"],
    [
      "of no status and a permission that was not granted",
      gcp({}, { status: undefined, authorizationInfo: [{ permission: "p" }] }),
      "denied",
    ],
    ["of an operation that has not ended", gcp({ operation: { id: "o", first: true } }), "unknown"],
    ["of OCSF", ocsf({ status_id: 2 }), "failure"],
    ["of OCSF with a code", ocsf({ status_id: 2, status_code: "AccessDenied" }), "denied"],
    ["of OCSF that was blocked", ocsf({ disposition_id: 2 }), "denied"],
    ["of OCSF that says nothing", ocsf({ status_id: 0 }), "unknown"],
  ])("%s is known", (_, event, outcome) => expect(logOf([event]).body.events).toMatchObject([{ outcome }]));
});

describe("the time", () => {
  it.each([
    [1_772_359_200_000],
    [1_772_359_200],
    ["2026-03-01T10:00:00Z"],
    ["2026-03-01T11:00:00+01:00"],
    ["2026-03-01 10:00:00.000"],
    ["2026-03-01 10:00:00 UTC"],
  ])("is read from %j", (time) => {
    expect(logOf([github({ "@timestamp": undefined, created_at: time })]).summary.from).toBe(AT);
  });

  it("that is missing makes the log partial, and the event is not counted", () => {
    const document = logOf(linesOf(github(), github({ "@timestamp": null }), github({ "@timestamp": "soon" })));
    expect([document.status, document.summary.events]).toEqual(["partial", 1]);
    expect(document.statusReasons).toMatchObject([{ code: "no-time", place: "line 2" }, { place: "line 3" }]);
  });
});

describe("Kubernetes", () => {
  const message = JSON.stringify(kube());

  it("has one event for each request, the last stage of it", () => {
    const { body } = logOf(
      linesOf(
        kube({ stage: "RequestReceived", responseStatus: undefined }),
        kube({ auditID: "k2", responseStatus: { code: 403 } }),
        kube(),
        kube({ auditID: "k2", stage: "ResponseStarted" }),
      ),
    );
    expect(body.events.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["k1", "success"],
      ["k2", "denied"],
    ]);
  });

  it.each([
    ["CloudWatch's subscription", { messageType: "DATA_MESSAGE", logEvents: [{ id: "1", message }] }],
    ["CloudWatch's answer", { events: [{ eventId: "1", message }], searchedLogStreams: [] }],
    ["Azure's stream", { category: "kube-audit", properties: { log: message } }],
    ["Azure's export", { records: [{ category: "kube-audit", properties: { log: message } }] }],
    ["a list", { kind: "EventList", apiVersion: "audit.k8s.io/v1", items: [{ ...kube(), kind: undefined }] }],
  ])("is read out of %s", (_, value) => {
    expect(logOf(value).body.events).toMatchObject([{ id: "k1", digest: canonicalDigest(kube()) }]);
  });

  it("passes over what CloudWatch says to itself", () => {
    const control = { messageType: "CONTROL_MESSAGE", logEvents: [{ message: "CWL CONTROL MESSAGE" }] };
    expect(logOf(linesOf({ messageType: "DATA_MESSAGE", logEvents: [{ message }] }, control)).summary.events).toBe(1);
  });
});

describe("Google Cloud", () => {
  const started = { id: "o", producer: "compute", first: true };
  const first = gcp({ insertId: "a", operation: started });
  const last = gcp({ insertId: "b", operation: { id: "o", producer: "compute", last: true } }, { status: { code: 9 } });

  it("has one event for an operation, the end of it", () => {
    for (const events of [
      [first, last],
      [last, first],
    ]) {
      expect(logOf(events).body.events).toMatchObject([{ id: "b", outcome: "failure" }]);
    }
  });

  it("does not take two methods for one operation, whatever their ids", () => {
    const other = gcp({ insertId: "c", operation: started }, { methodName: "io.k8s.core.v1.pods.delete" });
    expect(logOf([first, other]).summary.events).toBe(2);
  });

  it("has every event that is whole, though they have one id", () => {
    const whole = gcp({ operation: { id: "o", first: true, last: true } });
    expect(logOf([whole, whole]).summary.events).toBe(2);
  });

  it.each([
    ["an array", JSON.stringify([gcp()])],
    ["lines", linesOf(gcp(), gcp())],
    ["one entry", JSON.stringify(gcp(), null, 1)],
  ])("is read from %s", (_, text) => expect(logOf(text).source.format).toBe("gcp-audit-log"));

  it("is known by the name of its log where the payload is far behind", () => {
    const logName = "projects/shop/logs/cloudaudit.googleapis.com%2Fdata_access";
    expect(logOf([{ logName, labels: { x: "y".repeat(9_000) }, ...gcp() }]).summary.events).toBe(1);
  });
});

describe("CloudTrail", () => {
  it.each([
    ["a log file", { Records: [trail()] }],
    ["an array", [trail()]],
    ["lookup-events", { Events: [{ EventId: "1", CloudTrailEvent: JSON.stringify(trail()) }] }],
  ])("is read from %s", (_, value) => expect(logOf(value).summary.events).toBe(1));

  it("without an event is empty", () => {
    const document = logOf({ Records: [] });
    expect([document.status, document.statusReasons[0]?.code]).toEqual(["empty", "no-events"]);
  });
});

describe("a line that is cut", () => {
  const text = linesOf(github(), github());

  it("is refused with its place", () => expect(refusalOf(text.slice(0, -5), "x.json")).toBe("malformed at line 2"));

  it("cannot be told between lines, which is why no log is complete", () => {
    expect(logOf(text.split("\n")[0]).status).toBe("unknown");
  });
});

describe.each([
  ["an event without an action", [github(), github({ action: undefined })], "malformed at /1"],
  ["no time at all", [github({ "@timestamp": "soon" })], "malformed at /0"],
  ["half a surrogate pair", `[${JSON.stringify(github()).replace("zoe", "\\ud800")}]`, "malformed at /0"],
  [
    "a number beyond every double",
    `[${JSON.stringify(github({ n: 0 })).replace('"n":0', '"n":1e999')}]`,
    "malformed at /0",
  ],
  ["an old version of Kubernetes", [kube({ apiVersion: "audit.k8s.io/v1beta1" })], "unsupported-version at /0"],
  ["another cloud among Kubernetes", linesOf(kube(), { protoPayload: {} }), "malformed at line 2"],
  ["another log among Google's", linesOf(gcp(), { timestamp: AT, textPayload: "x" }), "malformed at line 2"],
  ["another payload", [gcp(), gcp({}, { "@type": "type.googleapis.com/x" })], "malformed at /1"],
  ["an entry of Google without a method", [gcp({}, { methodName: "" })], "malformed at /0"],
  ["an escaped event that is cut", linesOf({ properties: { log: JSON.stringify(kube()).slice(0, -1) } }), "malformed"],
  ["something else among CloudTrail", { Records: [trail(), {}] }, "malformed at /Records/1"],
  ["a finding among events of OCSF", [ocsf(), ocsf({ class_uid: 2004 })], "malformed at /1"],
])("%s", (_, value, refusal) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  it("is refused", () => expect(refusalOf(text, "x.json").replace(/ at $/, "")).toBe(refusal));
});

it("is no log of an S3 notification", () => {
  const text = JSON.stringify({
    Records: [{ eventVersion: "2.1", eventSource: "aws:s3", eventName: "ObjectCreated:Put" }],
  });
  expect(refusalOf(text, "x.json", "audit-log")).toBe("not-this-format");
});
