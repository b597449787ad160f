import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWithPostgres, type Server, startServer } from "../audit/postgres/server.ts";
import { exampleProject, gate, temporaryFolder } from "../support.ts";

const ORIGIN = "github.com/acme/payments";
const CHECK = ["check", "--env", "development", "--repository", ORIGIN];

describeWithPostgres("an audit store in PostgreSQL", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  let databases = 0;

  /** A project whose gate.yaml names an empty database, and the URL without a log. */
  async function project(): Promise<{ readonly cwd: string; readonly url: (role: "ci" | "postgres") => string }> {
    const database = `cli${++databases}`;
    await server.run("postgres", `CREATE DATABASE ${database}`);
    const url = (role: "ci" | "postgres"): string =>
      server
        .url(database, role)
        .replace(/&log=.*/, "")
        .replace(`${role}@`, `${role}:hunter2@`);
    const cwd = exampleProject();
    const config = join(cwd, "gate.yaml");
    const text = readFileSync(config, "utf8").replace(/^audit:\n(?: .*\n)+/m, "");
    writeFileSync(config, `${text}\naudit:\n  store: ${JSON.stringify(url("ci"))}\n`);
    return { cwd, url };
  }

  test("is created, written, read and verified like a file, and no password is shown", async () => {
    const { cwd, url } = await project();
    const early = await gate(CHECK, { cwd });
    expect(early.code).toBe(2);
    expect(early.stderr).toContain("gate audit init");

    const init = [
      "audit",
      "init",
      "--store",
      url("postgres"),
      "--origin",
      ORIGIN,
      "--writer",
      "ci",
      "--reader",
      "auditor",
    ];
    const created = await gate(init, { cwd });
    expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining(`Created the audit log ${ORIGIN}`) });
    expect(created.stdout).toContain("ci may append and read.");
    const again = await gate(init, { cwd });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("There is already") });

    const checked = await gate([...CHECK, "--output", "json=decision.json"], { cwd });
    expect([0, 1]).toContain(checked.code);
    expect(checked.stdout).toContain(`${ORIGIN} 2 sha256:`);
    const second = await gate(CHECK, { cwd });
    expect(second.code).toBe(checked.code);
    expect(second.stdout).toContain(`${ORIGIN} 3 sha256:`);

    // Outside of CI nobody says which repository this is, so that the log is named.
    const store = `${url("ci")}&log=${encodeURIComponent(ORIGIN)}`;
    const list = await gate(["audit", "list", "--store", store], { cwd });
    expect(list.stdout.trim().split("\n")).toHaveLength(2);
    const verified = await gate(["audit", "verify", "--store", store], { cwd });
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("GOOD: 3 entries verified") });
    const replayed = await gate(["replay", "--store", store], { cwd });
    expect(replayed.code).toBe(0);
    const show = await gate(["config", "show", "--env", "development"], { cwd });
    expect(show.stdout).toContain("audit.store");
    const missing = await gate(["audit", "list", "--store", `${url("ci")}&log=other`], { cwd });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("no audit log other") });

    const printed = [early, created, again, checked, second, list, verified, replayed, show, missing];
    for (const { stdout, stderr } of printed) expect(stdout + stderr).not.toContain("hunter2");
    expect(readFileSync(join(cwd, "decision.json"), "utf8")).not.toContain("hunter2");
    for (const { stderr } of printed) expect(stderr).not.toContain("Warning");
    const name = /cli\d+/.exec(store)?.[0] ?? "";
    const recorded = await server.run(
      name,
      "SELECT data FROM gate_audit.blob UNION ALL SELECT body FROM gate_audit.entry",
    );
    for (const row of recorded) expect(String(row["data"])).not.toContain("hunter2");
  });

  test("takes the name of the log from the CI service", async () => {
    const { cwd, url } = await project();
    const env = { GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "acme/ledger" };
    const created = await gate(["audit", "init", "--store", url("postgres"), "--writer", "ci"], { cwd, env });
    expect(created.stdout).toContain("Created the audit log acme/ledger");
    const { stdout } = await gate(["audit", "verify"], { cwd, env });
    expect(stdout).toContain("the log holds no decision yet");
  });

  test("is an error and no decision where the server is away", async () => {
    const { cwd } = await project();
    const away = `postgres://ci:hunter2@localhost:1/gate?log=${ORIGIN}`;
    const { code, stderr } = await gate([...CHECK, "--store", away], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("cannot be reached");
    expect(stderr).not.toContain("hunter2");
  });
});

describe("gate audit init", () => {
  test("creates a file once", async () => {
    const cwd = temporaryFolder();
    const init = ["audit", "init", "--store", "audit.db", "--origin", ORIGIN];
    expect(await gate(init, { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Created the audit log ${ORIGIN}`),
    });
    expect(await gate(init, { cwd })).toMatchObject({ code: 0, stdout: expect.stringContaining("There is already") });
    const { code, stdout } = await gate(["audit", "verify", "--store", "audit.db"], { cwd });
    expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.stringContaining("holds no decision yet") });
  });

  test.each([
    ["roles of a file", ["--store", "audit.db", "--writer", "ci"], "a file has no roles"],
    ["a name that is none", ["--store", "audit.db", "--origin", "a b"], "not a name for an audit log"],
    ["two names", ["--store", "postgres://localhost/x?log=a", "--origin", "b"], "the URL says log=a"],
    ["a URL that is none", ["--store", "postgres://[/x"], "cannot be used"],
  ])("refuses %s", async (_, flags, message) => {
    const { code, stderr } = await gate(["audit", "init", ...flags], { cwd: temporaryFolder() });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
